# frozen_string_literal: true

require "fileutils"
require "json"
require "rbconfig"
require_relative "bench_app"

# A sample app as it is, and a copy that `memtrim trim` has trimmed, each with a database of its own and something in it.
class TrimmedApp
  MEMTRIM = File.join(BenchApp::ROOT, "bin/memtrim")
  # How each app is known to work.
  CHECKS = {"tenant" => "bin/rails test", "api" => "bundle exec rspec"}.freeze

  attr_reader :name, :stock, :trimmed

  # @return [Hash] what `memtrim trim --format json` said
  attr_reader :trim

  def initialize(name)
    @name = name
    @stock, @trimmed = %w[stock trimmed].map { |kind| File.join(BenchApp::ROOT, "tmp/bench/ruby-#{AppCopy::RUBY}/trim", name, kind) }
    copy(AppCopy.prepare(name), @stock)
    copy(AppCopy.prepare(name, in_gemfile: true), @trimmed)
    @trim = JSON.parse(run(@trimmed, RbConfig.ruby, MEMTRIM, "trim", "--app", @trimmed, "--check", CHECKS.fetch(name), "--held", "--write", "--format", "json"))
    [@stock, @trimmed].each { |directory| seed(directory) }
  end

  # @return [Boolean] whether the app's own tests pass, trimmed
  def check
    run(@trimmed, "sh", "-c", CHECKS.fetch(@name), variables: {"RAILS_ENV" => "test"})
    true
  end

  private

  def copy(from, to)
    FileUtils.rm_rf(to)
    FileUtils.mkdir_p(to)
    FileUtils.cp_r((Dir.children(from) - %w[log tmp storage coverage]).map { |name| File.join(from, name) }, to)
    %w[log tmp storage].each { |name| FileUtils.mkdir_p(File.join(to, name)) }
  end

  def seed(directory)
    tasks = File.file?(File.join(directory, "db/seeds.rb")) ? %w[db:prepare db:seed] : %w[db:prepare]
    run(directory, "bin/rails", *tasks, variables: {"RAILS_ENV" => "production", "SECRET_KEY_BASE_DUMMY" => "1"})
  end

  def run(directory, *command, variables: {})
    env = Bundler.unbundled_env.merge("BUNDLE_GEMFILE" => File.join(directory, "Gemfile"), **variables)
    output = IO.popen(env, command, chdir: directory, unsetenv_others: true, err: File::NULL, &:read)
    $?.success? ? output : raise("#{command.join(" ")} failed in #{directory}:\n#{output}")
  end
end
