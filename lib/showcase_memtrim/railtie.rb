# frozen_string_literal: true

module ShowcaseMemtrim
  # Brings the rake tasks into the app; and config.memtrim.settle, which costs nothing while it is not set.
  class Railtie < ::Rails::Railtie
    config.memtrim = ::ActiveSupport::OrderedOptions.new

    # When the app's environment and initializers have been read, and the middleware has not been built.
    initializer "memtrim.settle", after: :load_config_initializers, before: :build_middleware_stack do |app|
      Settle.install(app) if app.config.memtrim.any?
    end

    # Called by config.ru (Rails.application.load_server): in servers, and neither in consoles, tasks nor tests.
    server { Settle.installed&.server_started if config.memtrim.any? }

    rake_tasks { load File.join(__dir__, "tasks.rake") }
  end
end
