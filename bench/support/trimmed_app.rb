# frozen_string_literal: true

require "json"
require "rbconfig"
require_relative "bench_app"
require_relative "seeded_app"

# A sample app as it is, and a copy that `memtrim trim` has trimmed, each with a database of its own and something in it.
class TrimmedApp
  MEMTRIM = File.join(BenchApp::ROOT, "bin/memtrim")
  # How each app is known to work.
  CHECKS = {"tenant" => "bin/rails test", "api" => "bundle exec rspec"}.freeze

  attr_reader :name

  # @return [Hash] what `memtrim trim --format json` said
  attr_reader :trim

  def initialize(name)
    @name = name
    stock, trimmed = %w[stock trimmed].map { |kind| File.join(BenchApp::ROOT, "tmp/bench/ruby-#{AppCopy::RUBY}/trim", name, kind) }
    @stock = SeededApp.new(AppCopy.prepare(name), stock)
    @trimmed = SeededApp.new(AppCopy.prepare(name, in_gemfile: true), trimmed)
    @trim = JSON.parse(@trimmed.run(RbConfig.ruby, MEMTRIM, "trim", "--app", trimmed, "--check", CHECKS.fetch(name), "--held", "--write", "--format", "json"))
    [@stock, @trimmed].each(&:seed)
  end

  # @return [String] directories
  def stock = @stock.directory

  def trimmed = @trimmed.directory

  # @return [Boolean] whether the app's own tests pass, trimmed
  def check
    @trimmed.run("sh", "-c", CHECKS.fetch(@name), variables: {"RAILS_ENV" => "test"})
    true
  end
end
