# frozen_string_literal: true

require "fileutils"
require "socket"
require "tmpdir"

# A redis-server of a test's own, on a free port of the loopback; it writes nothing.
class RedisServer
  LIMIT = 20 # seconds
  MISSING = "no redis-server here; mend it with: apt-get install redis-server"

  # @return [RedisServer] which answers
  # @raise [RuntimeError] where there is none, or it does not start
  def self.start
    new
  end

  # @return [String] redis://127.0.0.1:PORT/1
  def url
    "redis://127.0.0.1:#{@port}/1"
  end

  def stop
    return unless @pid
    Process.kill(:TERM, @pid)
    Process.wait(@pid)
    FileUtils.rm_rf(@directory)
    @pid = nil
  end

  # Again on the same port.
  #
  # @param pause [Float] seconds without it
  def restart(pause: 0)
    stop
    sleep pause
    launch
  end

  # @return [Integer] how many got it
  def publish(channel, text)
    ask("PUBLISH", channel, text).delete_prefix(":").to_i
  end

  # Waits until so many listen.
  def await_subscribers(channel, count = 1)
    deadline = now + LIMIT
    until ask("PUBSUB", "NUMSUB", channel)[/:(\d+)/, 1].to_i == count
      raise "not #{count} listening to #{channel} in #{LIMIT} s" if now > deadline
      sleep 0.02
    end
  end

  private

  def initialize
    @directory = Dir.mktmpdir("redis")
    @port = TCPServer.open("127.0.0.1", 0) { |server| server.addr[1] }
    launch
  end

  def launch
    FileUtils.mkdir_p(@directory)
    log = File.join(@directory, "log")
    @pid = Process.spawn("redis-server", "--port", @port.to_s, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
      "--dir", @directory, out: log, err: %i[child out])
    deadline = now + LIMIT
    until answers?
      raise "no Redis:\n#{File.read(log)}" if Process.wait(@pid, Process::WNOHANG) || now > deadline
      sleep 0.02
    end
  rescue Errno::ENOENT
    raise MISSING
  end

  def answers?
    ask("PING").start_with?("+PONG")
  rescue SystemCallError
    false
  end

  # @return [String] the whole answer, as Redis writes it
  def ask(*words)
    TCPSocket.open("127.0.0.1", @port) do |socket|
      socket.write("*#{words.size}\r\n", *words.map { |word| "$#{word.bytesize}\r\n#{word}\r\n" })
      socket.close_write
      socket.read
    end
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
