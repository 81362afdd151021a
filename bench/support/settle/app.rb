# frozen_string_literal: true

require_relative "../jemalloc"
require_relative "../seeded_app"
require_relative "../../../test/support/app_copy"
require_relative "client"

module Settle
  # The tenant sample app with this gem, seeded, and its own Puma with its own config/puma.rb. SETTLE is config.memtrim.settle,
  # as JSON.
  class App
    SETTING = "settle = ENV[\"SETTLE\"] and Rails.application.config.memtrim.settle = JSON.parse(settle)\n"

    # @param allocator [String] glibc or jemalloc
    def initialize(allocator)
      @directory = File.join(AppCopy::ROOT, "tmp/bench/ruby-#{AppCopy::RUBY}/settle/tenant")
      @variables = (allocator == "jemalloc") ? {"LD_PRELOAD" => Jemalloc.library || raise("no jemalloc here")} : {}
      @app = SeededApp.new(AppCopy.prepare("tenant", in_gemfile: true), @directory)
      File.write(File.join(@directory, "config/initializers/settle.rb"), SETTING)
      @app.seed
      2.times { serve({}) {} } # Bootsnap's cache
    end

    # Serves it, with more variables.
    #
    # @yield [Server]
    # @return what the block returns
    def serve(variables)
      server = Server.new(@directory, @app.environment("RAILS_ENV" => "production", "SECRET_KEY_BASE_DUMMY" => "1", "PORT" => "0", **@variables, **variables))
      yield server
    ensure
      server&.stop
    end
  end

  # Puma, listening.
  class Server
    LIMIT = 60 # seconds

    def initialize(directory, environment)
      @log = File.join(directory, "log/puma.log")
      @pid = Process.spawn(environment, "bundle", "exec", "puma", chdir: directory, unsetenv_others: true, out: @log, err: %i[child out])
      await_port
    end

    # @return [Client]
    def client
      Client.new(@port)
    end

    # @return [Integer] bytes
    def anon
      ShowcaseMemtrim::Processes.usage(@pid)[:anon_bytes]
    end

    # @return [Integer] how often it has settled while it idled
    def settled
      File.read(@log).scan(/memtrim: settled: .* idle$/).size
    end

    def stop
      Process.kill(:TERM, @pid)
      Process.wait(@pid)
    end

    private

    def await_port
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + LIMIT
      until (@port = File.read(@log)[/Listening on http:\/\/\S+:(\d+)\n(?=.*Ctrl-C)/m, 1])
        raise "no server:\n#{File.read(@log)}" if Process.wait(@pid, Process::WNOHANG) || Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
        sleep 0.05
      end
    end
  end
end
