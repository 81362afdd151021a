# frozen_string_literal: true

require "fileutils"

# A /proc that says what a test wants it to.
class MadeUpProc
  attr_reader :path

  def self.in(dir)
    yield new(File.join(dir, "proc"))
  end

  def initialize(path)
    @path = path
    FileUtils.mkdir_p("#{path}/self")
    File.write("#{path}/meminfo", "MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n")
    File.write("#{path}/uptime", "100000.0 90000.0\n")
    File.write("#{path}/self/cgroup", "0::/\n")
    File.write("#{path}/self/mountinfo", "")
    process(1, start: 1, title: "/sbin/init", program: "systemd", mib: 4)
  end

  # In place of the one that had this pid, in one step.
  def process(pid, start:, title:, program:, mib:)
    new = "#{path}/new"
    FileUtils.mkdir_p(new)
    kb = mib << 10
    File.write("#{new}/stat", "#{pid} (#{program[0, 15]}) S #{(pid == 1) ? 0 : 1} 1 1 0 -1 4194560 9 0 0 0 3 4 0 0 20 0 1 0 #{start} 1000 #{kb / 4} 18446744073709551615 0\n")
    File.write("#{new}/smaps_rollup", "1000-2000 ---p 00000000 00:00 0 [rollup]\nRss: #{kb} kB\nPss: #{kb} kB\nPss_Anon: #{kb} kB\nAnonymous: #{kb} kB\nSwapPss: 0 kB\n")
    File.write("#{new}/cmdline", "#{title}\0")
    File.write("#{new}/environ", "")
    FileUtils.ln_sf("/usr/bin/#{program}", "#{new}/exe")
    FileUtils.rm_rf("#{path}/old")
    File.rename("#{path}/#{pid}", "#{path}/old") if File.exist?("#{path}/#{pid}")
    File.rename(new, "#{path}/#{pid}")
  end
end
