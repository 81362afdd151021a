# frozen_string_literal: true

require "bundler"
require "open3"
require "rbconfig"
require "tmpdir"

# Runs `memtrim` as a user would: a process of its own, outside of the tests' bundle.
module Memtrim
  EXECUTABLE = File.expand_path("../../exe/memtrim", __dir__)

  Result = Struct.new(:out, :err, :status) do
    # What memtrim itself had to say, without its name.
    def notes
      err.lines(chomp: true).filter_map { |line| line.delete_prefix("memtrim: ") if line.start_with?("memtrim: ") }
    end

    # What everybody else wrote to stderr.
    def other_err
      err.lines.grep_v(/\Amemtrim: /).join
    end
  end

  # Variables that would change a boot, were they inherited.
  OURS = %w[CI EAGER_LOAD MEMTRIM_IN_GEMFILE NO_BOOTSNAP NO_COLOR RAILS_APP_DB RAILS_APP_SCOPE RAILS_ENV RAILS_VERSION SENTRY_DSN].freeze
  CLEAN = Bundler.unbundled_env.except(*OURS).freeze

  module_function

  # @return [Result] of `memtrim ARGUMENTS`
  def run(*arguments, env: {}, **options)
    run_command(RbConfig.ruby, EXECUTABLE, *arguments, env: env, **options)
  end

  # @return [Result] of any command; nil for a variable takes it away
  def run_command(*command, env: {}, **options)
    out, err, status = Open3.capture3(environment(env), *command, unsetenv_others: true, **options)
    Result.new(out, err, status)
  end

  # Starts `memtrim ARGUMENTS` in a process group of its own, its streams in files of a directory.
  #
  # @return [Integer] the process id
  def start(*arguments, dir:, env: {})
    streams = {out: File.join(dir, "out"), err: File.join(dir, "err")}
    Process.spawn(environment(env), RbConfig.ruby, EXECUTABLE, *arguments, unsetenv_others: true, pgroup: true, in: File::NULL, **streams)
  end

  def environment(env)
    CLEAN.merge(env).compact
  end
end
