# frozen_string_literal: true

require "minitest/autorun"
require "json"
require_relative "../support/app_copy"
require_relative "../support/memtrim"

# What the server has where cable/config.ru says nothing.
class CableSettingsTest < Minitest::Test
  # As Action Cable's engine: pages of `bin/rails server` have another port.
  def test_origins
    assert_equal [nil, "http://localhost:3000"], %w[production development].map { |env| told(env, "Array(origins).find { |one| one === \"http://localhost:3000\" } && \"http://localhost:3000\"") }
    assert_nil told("development", "Array(origins).find { |one| one === \"http://evil.example\" }")
    assert_equal ["https://a.example"], told("development", "origins", "config.allowed_request_origins = [\"https://a.example\"]")
  end

  private

  def told(env, expression, settings = "")
    script = <<~RUBY
      require "bundler/setup"
      $LOAD_PATH.unshift #{File.expand_path("../../lib", __dir__).inspect}
      require "showcase_memtrim/cable"
      ShowcaseMemtrim::Cable.application(root: Dir.pwd) { |config| #{settings} }
      origins = ActionCable.server.config.allowed_request_origins
      puts "told " + (#{expression}).inspect
    RUBY
    variables = {"RAILS_ENV" => env, "RAILS_VERSION" => AppCopy.rails_versions.last}
    result = Memtrim.run_command(RbConfig.ruby, "-e", script, env: variables, chdir: AppCopy.prepare("tenant"))
    found = result.out[/^told (.*)$/, 1] or flunk(result.err)
    (found == "nil") ? nil : JSON.parse(found)
  end
end
