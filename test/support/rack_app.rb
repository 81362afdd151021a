# frozen_string_literal: true

require_relative "memtrim"
require_relative "small_app"

# An app that Puma serves, and that boots in a moment: what it takes for Rails is a few lines of its own.
module RackApp
  ENVIRONMENT = <<~RUBY
    require "bundler/setup"
    module Rails
      def self.env = "production"
      def self.application = self
      def self.routes = self
      def self.recognize_path(_) = {}
    end
  RUBY
  FILES = {
    "Gemfile" => "source #{Gem.sources.first.uri.to_s.inspect}\ngem 'puma'\ngem 'rack'\n",
    "config/environment.rb" => ENVIRONMENT,
    "config.ru" => "run ->(_) { [200, {}, ['fine']] }\n"
  }.freeze

  # @param files [Hash{String => String, nil}] besides or in place of its own
  # @yield [directory]
  def self.with(files = {})
    SmallApp.with({**FILES, **files}) do |app|
      bundled = Memtrim.run_command("bundle", "install", "--quiet", "--local", chdir: app)
      raise bundled.out + bundled.err unless bundled.status.success?
      yield app
    end
  end
end
