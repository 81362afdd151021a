# frozen_string_literal: true

require "bundler"
require "rbconfig"
require "tempfile"

# One fresh process that boots an app under one of the programs of bench/support/boots, and what it cost.
class Boot
  PROGRAMS = File.join(__dir__, "boots")
  LIBRARY = File.expand_path("../../lib/showcase_memtrim", __dir__)
  COUNTER = File.join(LIBRARY, "memtrim_alloc.so")

  # cpu, wall: seconds of the whole process, user and system time together; boot_cpu, boot_wall: until the boot's end,
  # when the app is initialized; result: what the program wrote. Its cpu holds only where no other child of ours ran
  # at the same time.
  Outcome = Struct.new(:ok, :output, :wall, :cpu, :boot_wall, :boot_cpu, :result, keyword_init: true) do
    alias_method :ok?, :ok

    # The app's own error, not what Bundler and RubyGems have to say first.
    def error
      lines = output.lines.map(&:strip).reject(&:empty?)
      (lines.grep(/\([A-Z][\w:]*(Error|Exception)?\)|Error/).first || lines.last).to_s.sub(/\A.*?:\d+:in [`'].*?': /, "").gsub(/:0x\h+/, "")
    end
  end

  # @param preload [Array<String>] libraries to preload
  def initialize(directory, program, environment, preload: [], arguments: [], env: {})
    @directory = directory
    @program = File.expand_path(program, PROGRAMS)
    @arguments = arguments
    @environment = Bundler.unbundled_env.merge(environment, env)
    @environment["LD_PRELOAD"] = preload.join(":") unless preload.empty?
  end

  def run
    files = %w[BOOT_OUTPUT BOOT_CLOCK BOOT_RESULT].to_h { |name| [name, Tempfile.new(name)] }
    measure(files, @environment.merge(files.transform_values(&:path)))
  ensure
    files&.each_value(&:close!)
  end

  private

  def measure(files, environment)
    cpu, started = children_cpu, now
    _, status = Process.wait2(
      Process.spawn(environment, RbConfig.ruby, @program, *@arguments, chdir: @directory, unsetenv_others: true,
        in: File::NULL, out: files["BOOT_OUTPUT"].path, err: [:child, :out])
    )
    ended = now
    boot_cpu, boot_end = files["BOOT_CLOCK"].read.split.map(&:to_f)
    Outcome.new(
      ok: status.success?, output: files["BOOT_OUTPUT"].read, wall: ended - started, cpu: children_cpu - cpu,
      boot_wall: boot_end && boot_end - started, boot_cpu: boot_cpu, result: files["BOOT_RESULT"].read
    )
  end

  def children_cpu
    Process.times.then { |times| times.cutime + times.cstime }
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
