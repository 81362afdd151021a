# frozen_string_literal: true

require "fileutils"
require "socket"

module CableBench
  # A redis-server of the bench's own, which writes nothing.
  class Redis
    LIMIT = 10 # seconds

    # @return [String]
    attr_reader :url

    # @param directory [String] of its own
    # @raise [RuntimeError] where there is none, or it does not start
    def initialize(directory)
      FileUtils.mkdir_p(directory)
      port = TCPServer.open("127.0.0.1", 0) { |server| server.addr[1] }
      @url = "redis://127.0.0.1:#{port}/1"
      @log = File.join(directory, "redis.log")
      @pid = Process.spawn("redis-server", "--port", port.to_s, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", directory, out: @log, err: %i[child out], rlimit_nofile: FILES)
      await(port)
    rescue Errno::ENOENT
      raise "no redis-server here; mend it with: apt-get install redis-server"
    end

    def stop
      Process.kill(:TERM, @pid)
      Process.wait(@pid)
    end

    private

    def await(port)
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + LIMIT
      begin
        TCPSocket.new("127.0.0.1", port).close
      rescue Errno::ECONNREFUSED
        raise "no Redis:\n#{File.read(@log)}" if Process.wait(@pid, Process::WNOHANG) || Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
        sleep 0.05
        retry
      end
    end
  end
end
