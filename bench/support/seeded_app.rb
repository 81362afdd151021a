# frozen_string_literal: true

require "bundler"
require "fileutils"

# A copy of a sample app that a bench may change and serve: with a database of its own, and something in it.
module SeededApp
  module_function

  # @param from [String] a bundled app
  # @param to [String] a directory, made anew
  def copy(from, to)
    FileUtils.rm_rf(to)
    FileUtils.mkdir_p(to)
    FileUtils.cp_r((Dir.children(from) - %w[log tmp storage coverage]).map { |name| File.join(from, name) }, to)
    %w[log tmp storage].each { |name| FileUtils.mkdir_p(File.join(to, name)) }
  end

  # Makes the database that production has.
  def seed(directory)
    tasks = File.file?(File.join(directory, "db/seeds.rb")) ? %w[db:prepare db:seed] : %w[db:prepare]
    run(directory, "bin/rails", *tasks, variables: {"RAILS_ENV" => "production", "SECRET_KEY_BASE_DUMMY" => "1"})
  end

  # @return [String] what a command in the app wrote
  def run(directory, *command, variables: {})
    output = IO.popen(environment(directory, variables), command, chdir: directory, unsetenv_others: true, err: File::NULL, &:read)
    $?.success? ? output : raise("#{command.join(" ")} failed in #{directory}:\n#{output}")
  end

  # @return [Hash{String => String}]
  def environment(directory, variables)
    Bundler.unbundled_env.merge("BUNDLE_GEMFILE" => File.join(directory, "Gemfile"), **variables)
  end
end
