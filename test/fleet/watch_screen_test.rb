# frozen_string_literal: true

require "minitest/autorun"
require "pty"
require "io/console"
require "timeout"
require_relative "../support/memtrim"
require_relative "../support/fleet/watched"

# `memtrim fleet --watch` on a terminal.
class WatchScreenTest < Minitest::Test
  include Watched

  ENTER, LEAVE = "\e[?1049h\e[?25l\e[?7l", "\e[?7h\e[?25h\e[?1049l"

  def test_a_screen_that_is_drawn_in_place_and_leaves_the_terminal_as_it_was
    on_terminal("--watch", "0.2", "--alert", "fleet.anon > 1MB") do |terminal|
      terminal.wait { terminal.frames.size >= 4 }
      assert_equal 1, terminal.text.scan(ENTER).size
      refute_includes terminal.text, LEAVE
      terminal.frames.first(3).each do |frame|
        assert_operator frame.size, :<=, 24
        assert_match(/\Amemtrim fleet · \d\d:\d\d:\d\d UTC · every 0\.2 s/, frame.first)
        frame.each { |line| assert_operator line.size, :<=, 80, line }
      end
      assert(terminal.frames[2].any? { |line| line.match?(/\Abaseline .* [▁▂▃▄▅▆▇█]{2,}/) })
      assert(terminal.frames[2].any? { |line| line.include?("ALERT all processes: anon") })
      assert_equal 130, terminal.stop("INT")
      assert_equal [1, 1], [terminal.text.scan(ENTER).size, terminal.text.scan(LEAVE).size]
      assert_match(/#{Regexp.escape(LEAVE)}\s*\z/o, terminal.text)
    end
  end

  %w[TERM HUP].each do |signal|
    define_method(:"test_#{signal}_restores_the_terminal") do
      on_terminal("--watch", "20") do |terminal|
        terminal.wait { terminal.frames.size >= 1 }
        assert_equal 128 + Signal.list.fetch(signal), terminal.stop(signal)
        assert_match(/#{Regexp.escape(LEAVE)}\s*\z/o, terminal.text)
      end
    end
  end

  def test_another_size
    on_terminal("--watch", "20", size: [6, 40]) do |terminal|
      terminal.wait { terminal.frames.size >= 1 }
      assert_fits terminal.frames.last, 6, 40
      terminal.resize(10, 60)
      terminal.wait { terminal.frames.size >= 2 }
      assert_fits terminal.frames.last, 10, 60
      assert_operator terminal.frames.last.map(&:size).max, :>, 40
    end
  end

  def test_stopped_and_continued
    on_terminal("--watch", "20") do |terminal|
      terminal.wait { terminal.frames.size >= 1 }
      Process.kill("TSTP", terminal.pid)
      terminal.wait { terminal.text.end_with?(LEAVE) }
      terminal.wait { File.read("/proc/#{terminal.pid}/stat")[/\) (\w)/, 1] == "T" }
      Process.kill("CONT", terminal.pid)
      terminal.wait { terminal.frames.size >= 2 }
      assert_equal 2, terminal.text.scan(ENTER).size
    end
  end

  def test_json_and_a_dumb_terminal_have_lines
    on_terminal("--watch", "0.2", "--format", "json") { |terminal| assert_lines terminal, "{" }
    on_terminal("--watch", "0.2", env: {"TERM" => "dumb"}) { |terminal| assert_lines terminal, "20" }
  end

  private

  def assert_lines(terminal, beginning)
    terminal.wait { terminal.text.lines.size >= 3 }
    refute_includes terminal.text, "\e"
    terminal.text.lines.first(2).each { |line| assert line.start_with?(beginning), line }
  end

  def assert_fits(frame, height, width)
    assert_operator frame.size, :<=, height
    frame.each { |line| assert_operator line.size, :<=, width, line }
  end

  # A terminal that keeps all that was written to it.
  class Terminal
    attr_reader :pid

    def initialize(reader, pid)
      @reader, @pid, @text = reader, pid, +""
    end

    def text
      loop { @text << @reader.read_nonblock(65_536).force_encoding("UTF-8") }
    rescue IO::WaitReadable, EOFError, Errno::EIO
      @text
    end

    # Screens that were drawn to their ends, as lines.
    def frames
      text.scrub.split("\e[H").drop(1).filter_map { |frame| frame[/\A.*?(?=\e\[J)/m]&.gsub("\e[K", "")&.split(/\r+\n/) }
    end

    def wait
      Timeout.timeout(20) { sleep 0.05 until yield }
    rescue Timeout::Error
      raise "nothing came of it: #{text.inspect}"
    end

    def resize(lines, columns)
      @reader.winsize = [lines, columns]
      Process.kill("WINCH", @pid)
    end

    def stop(signal)
      Process.kill(signal, @pid)
      Timeout.timeout(20) do
        sleep 0.02 until (status = text && Process.wait2(@pid, Process::WNOHANG)&.last)
        @ended = true
        status.exitstatus
      end
    end

    def ended?
      @ended
    end
  end

  def on_terminal(*arguments, size: [24, 80], env: {"TERM" => "xterm"})
    PTY.open do |reader, writer|
      reader.winsize = size
      pid = Memtrim.with_default_signals do
        Process.spawn(Memtrim.environment(env), RbConfig.ruby, Memtrim::EXECUTABLE, "fleet", *arguments, unsetenv_others: true, pgroup: true, in: writer, out: writer, err: writer)
      end
      terminal = Terminal.new(reader, pid)
      yield terminal
    ensure
      terminal.stop("KILL") if terminal && !terminal.ended?
    end
  end
end
