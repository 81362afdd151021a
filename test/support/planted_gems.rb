# frozen_string_literal: true

require_relative "memtrim"
require_relative "small_app"

# A small app with gems of its own, each of which is whatever a test needs.
module PlantedGems
  PLAIN = "require 'bundler'\nBundler.require(:default)\n"

  # As small as an app of Rails can be.
  RAILS = <<~RUBY
    require "bundler/setup"
    require "rails"
    require "action_controller/railtie"
    require "action_view/railtie"
    Bundler.require(:default)
    class Small < Rails::Application
      config.eager_load = true
      config.secret_key_base = "x" * 30
      config.logger = Logger.new(nil)
      config.active_support.to_time_preserves_timezone = :zone if config.respond_to?(:active_support)
    end
    Rails.application.initialize!
  RUBY

  # @param gems [Hash{String => String, Hash}] name → lib/NAME.rb, or files by path; in the order of the Gemfile
  # @param options [Hash{String => String}] gem → more of its line in the Gemfile
  # @param others [Array<String>] lines for the Gemfile
  # @yield [directory] bundled
  def self.in_an_app(gems, environment: PLAIN, files: {}, options: {}, others: [])
    sources = gems.flat_map do |name, code|
      code = {"lib/#{name}.rb" => code} unless code.is_a?(Hash)
      spec = "Gem::Specification.new { |spec| spec.name = '#{name}'; spec.version = '1'; spec.authors = ['x']; spec.summary = 'x'; spec.files = Dir['lib/**/*'] }\n"
      {"#{name}.gemspec" => spec, **code}.map { |path, content| ["gems/#{name}/#{path}", content] }
    end
    gemfile = [*others, *gems.keys.map { |name| "gem '#{name}', path: 'gems/#{name}'#{options[name]}" }].join("\n")
    SmallApp.with({"Gemfile" => "#{gemfile}\n", "config/environment.rb" => environment, **sources.to_h, **files}) do |app|
      bundled = Memtrim.run_command("bundle", "install", "--quiet", "--local", chdir: app)
      raise "bundle install: #{bundled.out}#{bundled.err}" unless bundled.status.success?
      yield app
    end
  end
end
