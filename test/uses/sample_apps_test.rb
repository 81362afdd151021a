# frozen_string_literal: true

require_relative "app_with_files"

# What the two sample apps use, to the line.
class UsesOfSampleAppsTest < Minitest::Test
  include AppWithFiles

  APPS = File.expand_path("../apps", __dir__)

  def test_tenant
    offers = {
      "geocoder" => "Geocoder", "fast_excel" => %w[FastExcel Libxlsxwriter], "aws-sdk-s3" => %w[Aws Seahorse], "sentry-ruby" => "Sentry",
      "sentry-rails" => "Sentry::Rails", "combine_pdf" => "CombinePDF", "rubyzip" => "Zip", "chronic" => "Chronic", "icalendar" => "Icalendar"
    }.map { |name, constants| offer(name, constants) }
    reading = Uses.read("#{APPS}/tenant", offers)
    places = reading.uses.reject { |use| use.role == :test }.group_by(&:name).transform_values { |uses| uses.map { |use| "#{use.file}:#{use.line}" } }

    assert_equal({
      "geocoder" => %w[19 21 22 27].map { |line| "app/controllers/locations_controller.rb:#{line}" },
      "fast_excel" => ["app/views/entries/index.xlsx.erb:2"],
      "aws-sdk-s3" => ["lib/tasks/backup.rake:5", "script/sync.rb:10"],
      "sentry-ruby" => ["config/initializers/sentry.rb:4"],
      "combine_pdf" => %w[11 20].map { |line| "app/controllers/packets_controller.rb:#{line}" },
      "rubyzip" => ["app/jobs/archive_job.rb:12"]
    }, places)
    assert_empty reading.skipped
    assert_empty reading.unknowns
    assert_equal %w[app boot task test], reading.uses.map { |use| use.role.to_s }.uniq.sort
    assert_equal ["app/controllers/locations_controller.rb", 4], reading.defined.fetch("LocationsController")
    assert_equal [], reading.alone
  end

  def test_api
    offers = [
      offer("sidekiq", "Sidekiq", executables: %w[sidekiq sidekiqmon]), offer("puma", "Puma", executables: %w[puma pumactl]),
      offer("tariff", "Tariff", directories: ["#{APPS}/api/vendor/gems/tariff/lib"]), offer("money", "Money")
    ]
    reading = Uses.read("#{APPS}/api", offers)
    uses = reading.uses.map { |use| [use.name, use.file, use.how, use.role] }.uniq

    assert_includes uses, ["sidekiq", "Procfile", :executable, :deploy]
    assert_includes uses, ["sidekiq", "config/environments/production.rb", :symbol, :boot]
    assert_includes uses, ["puma", "Procfile", :executable, :deploy]
    assert_includes uses, ["tariff", "app/values/quote.rb", :constant, :app]
    assert_empty uses.select { |_, file, _, _| file.start_with?("vendor/gems/tariff/") }, "a gem in the app does not use itself"
    assert_empty uses.select { |name, *| name == "money" }, "Billing::Money is the app's own"
    assert_includes reading.unknowns, ["engines/billing/lib/billing/engine.rb", 16, "Billing.config.owner_class&.safe_constantize"]
  end
end
