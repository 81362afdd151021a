# frozen_string_literal: true

require "timeout"

module FleetBench
  # A process that listens on loopback.
  class Server
    LIMIT = 90 # seconds
    LISTENS = %r{Listening on http://\S+:(\d+)\n(?=.*Ctrl-C)}m

    attr_reader :pid

    # Does not wait for it.
    #
    # @param log [String] a file
    def initialize(directory, environment, command, log)
      @log = log
      @pid = Process.spawn(environment, *command, "-b", "tcp://127.0.0.1:0", chdir: directory, unsetenv_others: true, in: File::NULL, out: log, err: %i[child out])
    end

    # @return [Integer] where it listens, by now
    def port
      @port ||= await
    end

    def end
      Process.kill(:TERM, @pid)
    rescue Errno::ESRCH
      nil # as wait says
    end

    def wait
      Timeout.timeout(LIMIT) { Process.wait(@pid) }
    rescue Timeout::Error
      Process.kill(:KILL, @pid)
      Process.wait(@pid)
    rescue Errno::ECHILD
      nil # await has seen it end
    end

    private

    def await
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + LIMIT
      until (port = File.read(@log)[LISTENS, 1])
        raise "no server:\n#{File.read(@log)}" if Process.wait(@pid, Process::WNOHANG) || Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
        sleep 0.05
      end
      Integer(port)
    end
  end
end
