# frozen_string_literal: true

require "minitest/autorun"
require "net/http"
require "socket"
require "tmpdir"
require_relative "../support/clean_exit"
require_relative "../support/promtool"

# `memtrim fleet --listen` as Prometheus meets it, and as others do.
class ListenTest < Minitest::Test
  include CleanExit

  MIB = 1 << 20

  def test_a_scrape
    listen do |server|
      answer = server.get("/metrics")
      assert_equal ["200", "text/plain; version=0.0.4; charset=utf-8"], [answer.code, answer["Content-Type"]]
      assert_equal ["", 0], Promtool.run("check", "metrics", input: answer.body) if Promtool.path
      assert_in_delta Time.now.to_i, observed(answer), 60
      assert_includes server.get("/").body, "/metrics"
      head = Net::HTTP.start("127.0.0.1", server.port) { |http| http.head("/metrics") }
      assert_equal ["200", nil], [head.code, head.body]
      assert_equal "404", server.get("/metric").code
      refused = Net::HTTP.post(server.uri("/metrics"), "a=b")
      assert_equal ["405", "GET, HEAD"], [refused.code, refused["Allow"]]
    end
  end

  def test_each_is_of_its_moment
    listen do |server|
      first = observed(server.get("/metrics"))
      sleep 2.1
      assert_operator observed(server.get("/metrics")), :>, first
    end
  end

  def test_those_who_say_nothing_or_too_much_or_take_nothing_keep_nobody_out
    listen do |server|
      silent = Array.new(50) { TCPSocket.new("127.0.0.1", server.port) }
      slow = Array.new(10) { TCPSocket.new("127.0.0.1", server.port).tap { |socket| socket.write("GET /me") } }
      deaf = Array.new(10) { TCPSocket.new("127.0.0.1", server.port).tap { |socket| socket.write("GET /metrics HTTP/1.1\r\n\r\n") } }
      assert_match(/\AHTTP\/1\.1 431 /, long_head(server))
      20.times { assert_equal "200", server.get("/metrics", limit: 3).code }
      assert_operator Dir.children("/proc/#{server.pid}/task").size, :<, 75
      assert_operator server.rollup("Rss"), :<, 24 * MIB
    ensure
      [silent, slow, deaf].compact.flatten.each(&:close)
    end
  end

  def test_many_scrapes_at_the_same_time_and_one_after_the_other
    listen do |server|
      assert_equal ["200"], Array.new(20) { Thread.new { server.get("/metrics").code } }.map(&:value).uniq
      before = server.rollup("Anonymous")
      300.times { server.get("/") }
      5.times { server.get("/metrics").then { sleep 1.01 } }
      assert_operator server.rollup("Anonymous") - before, :<, MIB
      assert_operator before, :<, 10 * MIB
    end
  end

  %w[INT TERM].each do |signal|
    define_method(:"test_#{signal}_ends_it_at_once") do
      listen do |server|
        open = TCPSocket.new("127.0.0.1", server.port)
        server.get("/metrics")
        started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
        Process.kill(signal, server.pid)
        status = server.wait
        assert_operator Process.clock_gettime(Process::CLOCK_MONOTONIC) - started, :<, 4, "those who say nothing have 5 s"
        assert_equal 128 + Signal.list.fetch(signal), status.exitstatus || 128 + status.termsig
        assert_equal 1, server.err.lines.size, server.err
        assert_raises(Errno::ECONNREFUSED) { server.get("/") }
      ensure
        open&.close
      end
    end
  end

  def test_a_port_in_use_and_an_address_of_others
    listen do |server|
      assert_fails "fleet", "--listen", "127.0.0.1:#{server.port}", says: /\A--listen 127\.0\.0\.1:#{server.port}: the port is in use; /
      assert_fails "fleet", "--listen", server.port.to_s, says: /the port is in use/
    end
    result = Memtrim.run("fleet", "--listen", "192.0.2.7:9419") # RFC 5737: nobody's
    assert_equal 2, result.status.exitstatus
    assert_match(/everybody who reaches port 9419 .*\n.*--listen 192\.0\.2\.7:9419: this machine does not have that address\n\z/, result.err)
  end

  def test_what_is_no_address
    ["9419x", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "300.0.0.1:9419", "example.com:9419", ":9419", "::1:9419", "[::g]:9419", "[127.0.0.1]:9419", ""].each do |text|
      assert_fails "fleet", "--listen", text, says: /\A--listen #{Regexp.escape(text)}: an address is an IP and a port, as in 127\.0\.0\.1:9419/
    end
  end

  def test_what_has_no_say_there
    assert_fails "fleet", "--listen", "0", "--format", "json", says: /\A--listen has no --format: /
    assert_fails "fleet", "--listen", "0", "-o", "/tmp/x", says: /\A--listen has no --output: /
    assert_fails "fleet", "--listen", "0", "x", says: /fleet takes no x/
    assert_fails "fleet", "--listen", "0", "--proc", "/nonexistent", says: %r{\A/nonexistent: }
    assert_match(/--listen ADDRESS/, Memtrim.run("fleet", "--help").out)
  end

  def test_every_address_is_named_as_such
    listen("0.0.0.0:0") do |server|
      assert_match(/\Amemtrim: everybody who reaches port 0 can read .*\nmemtrim: the metrics are at http:\/\/0\.0\.0\.0:\d+\/metrics\n\z/, server.err)
      assert_equal "200", server.get("/metrics").code
    end
    listen("[::1]:0") { |server| assert_match(%r{\Amemtrim: the metrics are at http://\[::1\]:\d+/metrics\n\z}, server.err) } if Socket.ip_address_list.any?(&:ipv6_loopback?)
  end

  private

  # A process that listens.
  class Server
    attr_reader :pid

    def initialize(directory, address)
      @directory = directory
      @pid = Memtrim.start("fleet", "--listen", address, dir: directory)
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 30
      until port
        raise "it does not listen: #{err}" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline || @status ||= Process.wait2(@pid, Process::WNOHANG)&.last
        sleep 0.05
      end
    end

    def err
      File.read(File.join(@directory, "err"))
    end

    def port
      @port ||= err[%r{:(\d+)/metrics$}, 1]&.to_i
    end

    def uri(path)
      URI("http://127.0.0.1:#{port}#{path}")
    end

    def get(path, limit: 20)
      Net::HTTP.start("127.0.0.1", port, open_timeout: limit, read_timeout: limit) { |http| http.get(path) }
    end

    # @return [Integer] bytes
    def rollup(name)
      File.read("/proc/#{pid}/smaps_rollup")[/^#{name}:\s+(\d+)/, 1].to_i * 1024
    end

    def wait
      @status ||= Process.wait2(@pid).last
    end

    def stop
      Process.kill(:KILL, @pid) unless @status
      wait
    end
  end

  def listen(address = "127.0.0.1:0")
    Dir.mktmpdir("listen") do |dir|
      server = Server.new(dir, address)
      yield server
    ensure
      server&.stop
    end
  end

  def observed(answer)
    answer.body[/^memtrim_observation_timestamp_seconds (\d+)$/, 1].to_i
  end

  # A head of 1 MB.
  def long_head(server)
    TCPSocket.open("127.0.0.1", server.port) do |socket|
      socket.write("GET /metrics HTTP/1.1\r\nX: #{"x" * 1_000_000}\r\n\r\n")
      socket.read
    end
  end
end
