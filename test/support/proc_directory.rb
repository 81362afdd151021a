# frozen_string_literal: true

require "fileutils"
require "tmpdir"

# A directory that reads like a machine's /proc, with processes of our own making (proc(5)).
class ProcDirectory
  def self.with
    Dir.mktmpdir("proc") { |dir| yield new(File.realpath(dir)) }
  end

  # @return [String] where the files of control groups are looked for, too
  attr_reader :root

  def initialize(root)
    @root = root
    write("meminfo", "MemTotal: 8000000 kB\nMemFree: 100000 kB\nMemAvailable: 4000000 kB\nSwapTotal: 1000 kB\nSwapFree: 900 kB\n")
    write("uptime", "5000.00 9000.00\n")
  end

  def path
    File.join(root, "proc")
  end

  # @param title [String] its command line; NUL between arguments
  # @param program [String] the executable file's name
  # @param rails [Boolean] it runs in the directory of a Rails app
  def process(pid, title, program: "ruby", rails: false, anon_kb: 1000, environment: {}, ppid: 1, age: 1000)
    ticks = (5000 - age) * 100
    write("#{pid}/stat", "#{pid} (#{program}) S #{ppid} 1 1 0 -1 4194304 9 0 0 0 150 50 0 0 20 0 3 0 #{ticks} 99 400 #{"0 " * 28}\n")
    write("#{pid}/cmdline", "#{title}\0")
    write("#{pid}/environ", environment.map { |name, value| "#{name}=#{value}\0" }.join)
    write("#{pid}/cgroup", "0::/tenants\n")
    write("#{pid}/maps", "")
    write("#{pid}/smaps_rollup", <<~TEXT)
      5580b9e9d000-7ffc9f5f1000 ---p 00000000 00:00 0                          [rollup]
      Rss:            #{anon_kb + 500} kB
      Pss:            #{anon_kb + 200} kB
      Pss_Anon:       #{anon_kb} kB
      Private_Clean:       100 kB
      Private_Dirty:  #{anon_kb} kB
      Anonymous:      #{anon_kb} kB
      Swap:                 10 kB
      SwapPss:              10 kB
    TEXT
    FileUtils.ln_sf("/usr/bin/#{program}", File.join(path, pid.to_s, "exe"))
    FileUtils.ln_sf(rails ? app : "/", File.join(path, pid.to_s, "cwd"))
  end

  # Of the group that all processes are in.
  def limit(bytes, used:)
    write("self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
    write("self/cgroup", "0::/tenants\n")
    {"memory.max" => bytes, "memory.current" => used, "memory.stat" => "inactive_file 0"}.each do |name, value|
      write(File.join("../sys/fs/cgroup/tenants", name), "#{value}\n")
    end
  end

  private

  def app
    File.join(root, "app").tap do |directory|
      FileUtils.mkdir_p(File.join(directory, "config"))
      FileUtils.touch(File.join(directory, "config/application.rb"))
    end
  end

  def write(name, text)
    file = File.join(path, name)
    FileUtils.mkdir_p(File.dirname(file))
    File.binwrite(file, text)
  end
end
