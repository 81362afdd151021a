# frozen_string_literal: true

Rails.application.configure do
  # Settings specified here will take precedence over those in config/application.rb.

  # Code is not reloaded between requests.
  config.enable_reloading = false

  # Most processes serve a few of the endpoints only, so code is loaded when it is used.
  config.eager_load = ENV["EAGER_LOAD"] == "1"

  # Full error reports are disabled.
  config.consider_all_requests_local = false
  config.cache_store = :memory_store

  # Log to STDOUT by default
  config.logger = ActiveSupport::TaggedLogging.new(ActiveSupport::Logger.new($stdout))
  config.log_tags = [:request_id]
  config.log_level = ENV.fetch("RAILS_LOG_LEVEL", "info")

  # The worker of the Procfile does the jobs.
  config.active_job.queue_adapter = :sidekiq

  config.action_mailer.default_url_options = {host: "freight.example"}
  config.action_mailer.smtp_settings = {address: ENV.fetch("SMTP_HOST", "localhost")}

  # Don't log any deprecations.
  config.active_support.report_deprecations = false

  # Rails 7.1 warns of it.
  config.active_record.sqlite3_production_warning = false if Rails::VERSION::STRING < "7.2"

  # Do not dump schema after migrations.
  config.active_record.dump_schema_after_migration = false
end
