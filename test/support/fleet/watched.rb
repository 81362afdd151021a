# frozen_string_literal: true

require "json"
require "rbconfig"
require "timeout"
require "tmpdir"
require_relative "../memtrim"

# A `memtrim fleet --watch` of a test's own, and tenants for it.
module Watched
  # One that runs.
  class Watch
    attr_reader :pid, :status

    def initialize(pid, out, err)
      @pid, @out_file, @err_file = pid, out, err
    end

    def out
      File.file?(@out_file) ? File.read(@out_file) : ""
    end

    def err
      File.read(@err_file)
    end

    # Those that are whole.
    def lines
      out.lines.select { |line| line.end_with?("\n") }
    end

    def records
      lines.map { |line| JSON.parse(line) }
    end

    def events
      records.flat_map { |record| record["events"] }
    end

    def wait(seconds = 30)
      Timeout.timeout(seconds) { sleep 0.05 until yield || ended? }
      raise "it ended, #{@status}: #{err}" if @status && !yield
    rescue Timeout::Error
      raise "nothing came of it:\n#{out[-2000..] || out}\n#{err}"
    end

    # So many more lines, of a kind.
    def wait_for_intervals(number, &block)
      block ||= proc { true }
      before = lines.count(&block)
      wait { lines.count(&block) >= before + number }
    end

    # @return [Integer] its exit status
    def stop(signal)
      Process.kill(signal, @pid) unless ended?
      Timeout.timeout(20) { sleep 0.02 until ended? }
      @status.exitstatus
    end

    def ended?
      @status ||= Process.wait2(@pid, Process::WNOHANG)&.last
    end
  end

  def setup
    @dir = Dir.mktmpdir("watch")
  end

  def teardown
    FileUtils.rm_rf(@dir)
  end

  # A machine may have other tenants at the same time: these tests' are named by a variable of their own.
  VARIABLE = "RAILS_APP_DB_#{Process.pid}"

  # @param out [String, :pipe] a device in place of a file; a pipe, for limits of files
  def watch(*arguments, out: nil, env: {}, **options)
    out_file, err_file = %w[out err].map { |name| File.join(@dir, "#{name}.#{rand(1 << 30)}") }
    reader, writer = IO.pipe if out == :pipe
    to = writer || out || out_file
    pid = Memtrim.with_default_signals do
      Process.spawn(Memtrim.environment(env), RbConfig.ruby, Memtrim::EXECUTABLE, "fleet", *arguments, unsetenv_others: true, pgroup: true, in: File::NULL, out: to, err: err_file, **options)
    end
    writer&.close
    copier = reader && Thread.new { File.open(out_file, "w") { |file| file.sync = true; reader.each_line { |line| file << line } } } # standard:disable Style/Semicolon
    watch = Watch.new(pid, out_file, err_file)
    yield watch
  ensure
    watch&.stop("TERM")
    copier&.join
  end

  # A Ruby that holds as many MB as it is told, one line after the other.
  TENANT = <<~RUBY
    $stdout.sync = true
    puts "ready"
    while (line = $stdin.gets)
      $held = nil
      GC.start
      $held = "x" * (line.to_i << 20)
    end
  RUBY

  def tenant(name)
    IO.popen({VARIABLE => name, "RUBYOPT" => nil}, [RbConfig.ruby, "--disable-gems", "-e", TENANT], "r+") do |io|
      io.gets
      io.sync = true
      yield io
    end
  end
end
