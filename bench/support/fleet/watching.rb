# frozen_string_literal: true

require "etc"
require "rbconfig"
require_relative "../result"
require_relative "../../../lib/showcase_memtrim"

module FleetBench
  # What `memtrim fleet --watch` costs beside 200 processes: CPU seconds for an observation, and its own memory.
  class Watching
    PROCESSES = 200
    # Seconds between observations while it is measured: many of them, in little time.
    INTERVAL = 0.5
    OBSERVATIONS = 30
    # The interval that the limit is for.
    USUAL = 60
    # Share of a core; bytes.
    CPU, MEMORY = 0.01, 15_000_000
    EXECUTABLE = File.expand_path("../../../bin/memtrim", __dir__)

    # @return [Array<Result>]
    def results
      figures = measure
      share = figures[:cpu_seconds] / USUAL
      [
        Result.new(what: "CPU of --watch #{USUAL} with #{figures[:processes]} processes", value: format("%.3f %% of a core (%.1f ms each)", share * 100, figures[:cpu_seconds] * 1000), ok: share < CPU),
        Result.new(what: "its RSS", value: megabytes(figures[:rss_bytes]), ok: figures[:rss_bytes] < MEMORY),
        Result.new(what: "its PSS, and anon of it", value: "#{megabytes(figures[:pss_bytes])}, #{megabytes(figures[:anon_bytes])}", ok: figures[:pss_bytes] < MEMORY)
      ]
    end

    # @return [Hash] processes, cpu_seconds (for one observation), rss_bytes, pss_bytes, anon_bytes (at the end)
    def measure
      sleepers = Array.new(PROCESSES) { Process.spawn("sleep", "600") }
      reader, writer = IO.pipe
      watcher = Process.spawn(RbConfig.ruby, EXECUTABLE, "fleet", "--watch", INTERVAL.to_s, "--format", "json", "--alert", "tenant.anon grew > 20 % in 1h", "--alert", "ruby.anon grew > 20 % in 1h", out: writer)
      writer.close
      2.times { reader.gets } # started, and everything touched that is touched
      before = cpu_seconds(watcher)
      last = Array.new(OBSERVATIONS) { reader.gets }.last
      {processes: last[/"processes":(\d+)/, 1].to_i, cpu_seconds: (cpu_seconds(watcher) - before) / OBSERVATIONS, **memory(watcher)}
    ensure
      [*sleepers, watcher].compact.each { |pid| Process.kill("TERM", pid) }
      [*sleepers, watcher].compact.each { |pid| Process.wait(pid) }
      reader&.close
    end

    private

    # proc(5): utime and stime, the 14th and the 15th.
    def cpu_seconds(pid)
      File.read("/proc/#{pid}/stat").rpartition(") ").last.split.values_at(11, 12).sum(&:to_i) / Etc.sysconf(Etc::SC_CLK_TCK).to_f
    end

    def memory(pid)
      rollup = File.read("/proc/#{pid}/smaps_rollup")
      bytes = ->(name) { rollup[/^#{name}:\s+(\d+) kB/, 1].to_i * 1024 }
      {rss_bytes: bytes["Rss"], pss_bytes: bytes["Pss"], anon_bytes: bytes["Anonymous"]}
    end

    def megabytes(bytes)
      format("%.1f MB", bytes / 1e6)
    end
  end
end
