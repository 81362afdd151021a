# frozen_string_literal: true

require_relative "memtrim"
require_relative "small_app"

# A Rails app of a few lines, with us in its Gemfile: boots in a second or two.
module SmallRailsApp
  GEMS = {
    "lazy" => "module Lazy; BALLAST = Array.new(20) { 'x' * 100_000 }; end",
    "patcher" => "module Patcher; end\nclass String; def patched = true; end"
  }.freeze
  ENVIRONMENT = "require_relative 'application'\nRails.application.initialize!\nActionController::Base\n"
  APPLICATION = <<~RUBY
    require "bundler/setup"
    require "rails"
    require "active_job/railtie"
    require "action_controller/railtie" # pages
    require "action_mailer/railtie"
    # require "action_cable/engine"
    require "rails/test_unit/railtie"

    Bundler.require(*Rails.groups)

    class Shop < Rails::Application
      config.eager_load = false
      config.secret_key_base = "x" * 64
    end
  RUBY

  # @param files [Hash{String => String, nil}] besides or in place of its own
  # @param with_us [Boolean] false: the Gemfile has no showcase_memtrim
  # @yield [directory]
  def self.with(files = {}, with_us: true)
    AppCopy.prepare("api", in_gemfile: true) if with_us # what we need is installed with it
    gems = GEMS.flat_map do |name, code|
      spec = "Gem::Specification.new { |spec| spec.name = '#{name}'; spec.version = '1'; spec.authors = ['x']; spec.summary = 'x'; spec.files = ['lib/#{name}.rb'] }"
      [["gems/#{name}/#{name}.gemspec", spec], ["gems/#{name}/lib/#{name}.rb", code]]
    end
    SmallApp.with({"Gemfile" => gemfile(with_us), "config/application.rb" => APPLICATION, "config/environment.rb" => ENVIRONMENT, **gems.to_h, **files}) do |app|
      bundled = Memtrim.run_command("bundle", "install", "--quiet", "--local", chdir: app)
      raise bundled.out + bundled.err unless bundled.status.success?
      yield app
    end
  end

  def self.gemfile(with_us)
    [
      "source #{Gem.sources.first.uri.to_s.inspect}", "gem 'rails', '~> #{AppCopy.rails_versions.last}.0'", *GEMS.keys.map { |name| "gem '#{name}', path: 'gems/#{name}'" },
      *("gem 'showcase_memtrim', path: #{AppCopy::ROOT.inspect}" if with_us), ""
    ].join("\n")
  end
end
