# frozen_string_literal: true

require "minitest/autorun"
require "bundler"
require "open3"
require_relative "support/app_copy"

# The sample apps pass their own tests and boot in production, on each Rails that this Ruby runs.
class AppsTest < Minitest::Test
  # What would change a boot or a test run, were it inherited.
  CLEAN = %w[CI EAGER_LOAD MEMTRIM_IN_GEMFILE NO_BOOTSNAP RAILS_APP_DB RAILS_APP_SCOPE RAILS_ENV SENTRY_DSN].to_h { |name| [name, nil] }.freeze
  PRODUCTION = {"RAILS_ENV" => "production", "SECRET_KEY_BASE_DUMMY" => "1"}.freeze
  BOOT = %(require "./config/environment"; puts "booted Rails " + Rails.version)

  AppCopy.rails_versions.each do |rails|
    define_method(:"test_tenant_passes_its_tests_on_rails_#{rails}") do
      output = run_in("tenant", rails, "bin/rails", "test")
      assert_match(/^[1-9]\d* runs, [1-9]\d* assertions, 0 failures, 0 errors, 0 skips$/, output)
    end

    define_method(:"test_api_passes_its_tests_on_rails_#{rails}") do
      output = run_in("api", rails, "bundle", "exec", "rspec")
      assert_match(/^[1-9]\d* examples, 0 failures$/, output)
    end

    AppCopy.apps.each do |app|
      define_method(:"test_#{app}_boots_in_production_on_rails_#{rails}") do
        databases = -> { Dir[File.join(AppCopy.prepare(app, rails: rails), "storage/*")].sort }
        before = databases.call

        %w[0 1].each do |eager|
          output = run_in(app, rails, "bundle", "exec", "ruby", "-e", BOOT, env: PRODUCTION.merge("EAGER_LOAD" => eager))
          assert_match(/^booted Rails #{Regexp.escape(rails)}\./, output)
        end
        assert_equal before, databases.call, "a boot needs no database and makes none"
      end
    end
  end

  private

  def run_in(app, rails, *command, env: {})
    directory = AppCopy.prepare(app, rails: rails)
    output, status = Bundler.with_unbundled_env { Open3.capture2e(CLEAN.merge(env), *command, chdir: directory) }
    assert status.success?, "#{command.join(" ")} failed in #{directory}:\n#{output}"
    output
  end
end
