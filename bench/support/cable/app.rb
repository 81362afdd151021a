# frozen_string_literal: true

require "cgi"
require "etc"
require "net/http"
require "timeout"
require_relative "../seeded_app"
require_relative "../../../test/support/app_copy"
require_relative "../../../test/support/cable/redis_server"

module CableBench
  # The tenant sample app, twice: as it is, for the full server, and with this gem in its Gemfile; and their Redis.
  class App
    # As the guides have it, but for the server without eager load.
    FULL = <<~RUBY
      require_relative "../config/environment"
      Rails.application.eager_load! unless ENV["EAGER_LOAD"] == "0"

      run ActionCable.server
    RUBY

    # What the app's connection asks for: its own cookie.
    COOKIE = <<~RUBY
      require "./config/environment"
      jar = ActionDispatch::Request.new(Rails.application.env_config.merge("HTTP_HOST" => "127.0.0.1")).cookie_jar
      jar.encrypted[:visitor] = "bench"
      puts "", jar[:visitor]
    RUBY

    # @return [String] the header's value
    attr_reader :cookie

    def initialize
      @directory = File.join(AppCopy::ROOT, "tmp/bench/ruby-#{AppCopy::RUBY}/cable")
      @redis = RedisServer.start
      at_exit { @redis.stop }
      @copies = [false, true].to_h { |in_gemfile| [in_gemfile, copy(in_gemfile)] }
      @cookie = "visitor=#{CGI.escape(@copies[false].run("ruby", "-rbundler/setup", "-e", COOKIE, variables: variables).lines.last.chomp)}" # the app logs to stdout, too
    end

    # @param start [Start]
    # @yieldparam server [Server] which answers
    # @return what the block returns
    def serve(start)
      copy = @copies.fetch(start.in_gemfile)
      server = Server.new(copy.directory, copy.environment(variables.merge(start.variables)), [*start.command, "-b", "tcp://127.0.0.1:0"])
      yield server
    ensure
      server&.stop
    end

    # Starts one of the programs, with the gems of the app.
    #
    # @return [Program]
    def program(name, *arguments)
      copy = @copies.fetch(false)
      Program.new(copy.environment(variables), copy.directory, name, arguments)
    end

    # @return [Hash{String => String}]
    def versions
      @versions ||= %w[rails puma redis redis-client].to_h { |gem| [gem, File.read(File.join(@copies[false].directory, "Gemfile.lock"))[/^    #{gem} \(([\d.]+)/, 1]] }
    end

    private

    def variables
      {"RAILS_ENV" => "production", "SECRET_KEY_BASE" => "bench" * 20, "REDIS_URL" => @redis.url}
    end

    def copy(in_gemfile)
      app = SeededApp.new(AppCopy.prepare("tenant", in_gemfile: in_gemfile), File.join(@directory, in_gemfile ? "ours" : "full"))
      File.write(File.join(app.directory, "cable/full.ru"), FULL)
      app
    end
  end

  # A server, which answers.
  class Server
    LIMIT = 60 # seconds
    TICKS = Etc.sysconf(Etc::SC_CLK_TCK).to_f

    attr_reader :port

    def initialize(directory, environment, command)
      @log = File.join(directory, "log/cable.log")
      @pid = Process.spawn(environment, *command, chdir: directory, unsetenv_others: true, out: @log, err: %i[child out], rlimit_nofile: FILES)
      @port = await
    end

    # @return [Integer] bytes: anonymous and resident, or swapped
    def anon
      ShowcaseMemtrim::Processes.usage(@pid).fetch(:anon_bytes)
    end

    # @return [Float] seconds, of user and system time
    def cpu
      File.read("/proc/#{@pid}/stat").rpartition(")").last.split.values_at(11, 12).sum(&:to_i) / TICKS
    end

    # @return [Integer]
    def threads
      Dir.children("/proc/#{@pid}/task").size
    end

    def log
      File.read(@log)
    end

    def stop
      Process.kill(:TERM, @pid)
      Timeout.timeout(LIMIT) { Process.wait(@pid) }
    rescue Timeout::Error
      Process.kill(:KILL, @pid)
      Process.wait(@pid)
    rescue Errno::ECHILD, Errno::ESRCH
      nil # it had ended, as await says
    end

    private

    # Action Cable answers what is no WebSocket with 404.
    def await
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + LIMIT
      until (port = log[/Listening on http:\/\/\S+:(\d+)\n(?=.*Ctrl-C)/m, 1])
        raise "no server:\n#{log}" if Process.wait(@pid, Process::WNOHANG) || Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
        sleep 0.05
      end
      answer = Net::HTTP.get_response("127.0.0.1", "/cable", Integer(port))
      raise "no Action Cable server: it answers #{answer.code}\n#{log}" unless answer.code == "404"
      Integer(port)
    end
  end
end
