# frozen_string_literal: true

require "fileutils"
require_relative "bench_app"

# A copy of a prepared sample app, with a database of its own and something in it.
class SeededApp
  attr_reader :directory

  # @param from [String] a prepared copy (AppCopy)
  # @param directory [String] emptied first
  def initialize(from, directory)
    @directory = directory
    FileUtils.rm_rf(directory)
    FileUtils.mkdir_p(directory)
    FileUtils.cp_r((Dir.children(from) - %w[log tmp storage coverage]).map { |name| File.join(from, name) }, directory)
    %w[log tmp storage].each { |name| FileUtils.mkdir_p(File.join(directory, name)) }
  end

  def seed
    tasks = File.file?(File.join(@directory, "db/seeds.rb")) ? %w[db:prepare db:seed] : %w[db:prepare]
    run("bin/rails", *tasks, variables: {"RAILS_ENV" => "production", "SECRET_KEY_BASE_DUMMY" => "1"})
    self
  end

  # @param variables [Hash{String => String}]
  # @return [Hash{String => String}] all of a process of the app
  def environment(variables)
    Bundler.unbundled_env.merge("BUNDLE_GEMFILE" => File.join(@directory, "Gemfile"), **variables)
  end

  # @return [String] what the command prints
  def run(*command, variables: {})
    output = IO.popen(environment(variables), command, chdir: @directory, unsetenv_others: true, err: File::NULL, &:read)
    $?.success? ? output : raise("#{command.join(" ")} failed in #{@directory}:\n#{output}")
  end
end
