# frozen_string_literal: true

require "fileutils"
require "tmpdir"

# A made-up /proc for `memtrim fleet --proc`: the texts are those of Linux 6.
class ProcTree
  # KiB. Besides its anonymous memory a process has 20 MiB of files, half of them its own.
  ROLLUP = <<~TEXT
    55d0c0c00000-7ffd1d5e9000 ---p 00000000 00:00 0                          [rollup]
    Rss:              %<rss>8d kB
    Pss:              %<pss>8d kB
    Pss_Anon:         %<anon>8d kB
    Pss_File:         %<file>8d kB
    Private_Clean:    %<file>8d kB
    Private_Dirty:    %<anon>8d kB
    Anonymous:        %<anon>8d kB
    LazyFree:                0 kB
    Swap:                    0 kB
    SwapPss:                 0 kB
  TEXT

  attr_reader :directory

  # @yield [ProcTree]
  def self.open
    Dir.mktmpdir("proc") { |directory| yield new(File.realpath(directory)) }
  end

  def initialize(directory)
    @directory = directory
    write("meminfo", "MemTotal: 8000000 kB\nMemFree: 3000000 kB\nMemAvailable: 6000000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n")
    write("uptime", "1000.00 1000.00\n")
    write("self/cgroup", "0::/\n")
    write("self/mountinfo", "")
  end

  # One that is there already makes way at once: its pid has come back.
  #
  # @param arguments [Array<String>, String] a title, if a String
  # @param anon [Integer] MiB
  # @param comm [String] the kernel's name of it
  # @param start [Integer] clock ticks after the machine's start
  def process(pid, program, arguments, ppid: 1, anon: 60, comm: program[0, 15], state: "S", environment: {}, flags: 0x400100, start: 10_000)
    write("new/stat", "#{pid} (".b + comm.b + ") #{state} #{ppid} 0 0 0 -1 #{flags} 0 0 0 0 200 100 0 0 20 0 2 0 #{start} 0 2048 0\n".b)
    write("new/cmdline", Array(arguments).map { |word| "#{word}\0" }.join)
    write("new/environ", environment.map { |name, value| "#{name}=#{value}\0" }.join)
    write("new/cgroup", "0::/\n")
    write("new/maps", "")
    write("new/smaps_rollup", format(ROLLUP, rss: (anon + 20) * 1024, pss: (anon + 10) * 1024, anon: anon * 1024, file: 10 * 1024))
    link("new/exe", "/usr/bin/#{program}") if program
    replace(pid.to_s)
  end

  # A server of a Rails app.
  def rails(pid, title, tenant: nil, app: "shop", **options)
    process(pid, "ruby", title, environment: tenant ? {"RAILS_APP_DB" => tenant} : {}, **options)
    write("apps/#{app}/config/application.rb", "")
    link("#{pid}/cwd", File.join(@directory, "apps", app))
  end

  def write(name, text)
    path = File.join(@directory, name)
    FileUtils.mkdir_p(File.dirname(path))
    File.binwrite(path, text)
  end

  def link(name, target)
    File.symlink(target, File.join(@directory, name))
  end

  private

  def replace(name)
    there, new, old = [name, "new", "old"].map { |entry| File.join(@directory, entry) }
    File.rename(there, old) if File.exist?(there)
    File.rename(new, there)
    FileUtils.rm_rf(old)
  end
end
