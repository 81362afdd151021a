# frozen_string_literal: true

require_relative "../memtrim"
require_relative "action_cable_client"

# A server that runs, in a process of its own. Ends with the tests at the latest.
class CableServer
  LIMIT = 60 # seconds

  attr_reader :pid, :port

  # @param app [CableApp]
  # @param command [Array<String>]
  # @return [CableServer] which answers
  def self.start(app, command, environment, arguments: [])
    new(app, [*command, "-b", "tcp://127.0.0.1:0", *arguments], environment).tap { |server| Minitest.after_run { server.stop } }
  end

  def log
    File.read(@log)
  end

  # Waits until the log has it.
  #
  # @param pattern [Regexp, String]
  # @return [String] the match
  def await(pattern)
    deadline = now + LIMIT
    until (found = log[pattern])
      raise "not in #{LIMIT} s: #{pattern.inspect}\n#{log.lines.last(20).join}" if ended? || now > deadline
      sleep 0.02
    end
    found
  end

  # @return [ActionCableClient] connected, whatever the server says to it
  def client(**options)
    ActionCableClient.new(@port, **options)
  end

  # @return [Float] seconds until it had ended
  def stop
    return if ended?
    started = now
    Process.kill(:TERM, @pid)
    sleep 0.02 until ended? || now - started > LIMIT
    Process.kill(:KILL, @pid) unless ended?
    now - started
  end

  # @return [Process::Status, nil] nil: it runs
  def ended?
    @ended ||= Process.wait2(@pid, Process::WNOHANG)&.last
  end

  private

  def initialize(app, command, environment)
    @log = File.join(app.directory, "log/#{object_id}.log")
    @pid = Memtrim.with_default_signals do
      Process.spawn(Memtrim.environment(environment), *command, chdir: app.directory, unsetenv_others: true, out: @log, err: %i[child out])
    end
    @port = Integer(await(/Listening on http:\/\/127\.0\.0\.1:(\d+)\n(?=.*Ctrl-C)/m)[/:(\d+)\n/, 1])
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
