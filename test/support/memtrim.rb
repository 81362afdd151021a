# frozen_string_literal: true

require "bundler"
require "fileutils"
require "minitest"
require "open3"
require "rbconfig"
require "tmpdir"

# Runs `memtrim` as a user would: a process of its own, outside of the tests' bundle.
module Memtrim
  EXECUTABLE = File.expand_path("../../bin/memtrim", __dir__)

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

  # What memtrim leaves there it left in these tests: no other process uses it.
  TEMPORARY = Dir.mktmpdir("tests-of-memtrim").tap { |dir| File.chmod(0o1777, dir) }
  Minitest.after_run { FileUtils.rm_rf(TEMPORARY) }

  CLEAN = Bundler.unbundled_env.except(*OURS).merge("TMPDIR" => TEMPORARY).freeze

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
    with_default_signals do
      Process.spawn(environment(env), RbConfig.ruby, EXECUTABLE, *arguments, unsetenv_others: true, pgroup: true, in: File::NULL, **streams)
    end
  end

  # Tests run in the background (nohup, `&`) ignore signals, and what they start would inherit that.
  def with_default_signals
    before = %w[INT HUP].to_h { |signal| [signal, Signal.trap(signal, "DEFAULT")] }
    yield
  ensure
    before&.each { |signal, handler| Signal.trap(signal, handler || "DEFAULT") }
  end

  def environment(env)
    CLEAN.merge(env).compact
  end
end
