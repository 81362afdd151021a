# frozen_string_literal: true

require "fileutils"
require "tmpdir"
require_relative "../memtrim"

# Processes that look like servers of an app and hold so much memory: quick, where what they serve does not matter. Their
# tenants have an environment variable of this run's own, so that nobody else's are seen.
module StandIns
  VARIABLE = "MEMTRIM_TEST_TENANT_#{Process.pid}"
  # Anonymous memory that is really there.
  PROGRAM = <<~RUBY
    name, title, megabytes = ARGV
    BALLAST = Array.new(Integer(megabytes)) { "x" * 1_000_000 }
    Process.setproctitle(title) unless title.empty?
    GC.start
    $stdout.puts name
    $stdout.flush
    $stdin.read # until the test ends
  RUBY

  # The directory is that of a Rails app.
  #
  # @param tenants [Hash{String => Integer}] megabytes by name
  # @param app [String] what the servers call it
  # @yield [Hash{String => Integer}] pids
  def self.run(tenants, app: "app", variable: VARIABLE)
    Dir.mktmpdir("stand_ins") do |dir|
      FileUtils.mkdir_p(File.join(dir, "config"))
      File.write(File.join(dir, "config/application.rb"), "")
      processes = tenants.each_with_index.map do |(name, megabytes), index|
        # A title must not be longer than the command line: it would be written over the environment.
        IO.popen(Memtrim.environment(variable => name), [RbConfig.ruby, "-e", PROGRAM, name, "puma 6.4.2 (tcp://127.0.0.1:#{5000 + index}) [#{app}]", megabytes.to_s], "r+", chdir: dir, unsetenv_others: true)
      end
      processes.each(&:gets)
      yield tenants.keys.zip(processes.map(&:pid)).to_h
    ensure
      processes&.each(&:close)
    end
  end
end
