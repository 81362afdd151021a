# frozen_string_literal: true

require "etc"
require "fileutils"
require_relative "../settle/client"
require_relative "../../../test/support/cable/redis_server"

module FleetBench
  # A machine's worth of servers: a Redis, the sample app's Action Cable server, and as many tenants of the app as are asked
  # for, each with a database of its own. They run as long as the block.
  class Stage
    DATABASES = "storage/%s.sqlite3"

    # @param app [String] the directory of the app that the tenants run, with a database
    # @param cable [String] that of one with this gem in its Gemfile
    # @param variable [String] that names tenants
    # @yield [Stage]
    # @return what the block returns
    def self.open(app, cable, variable)
      stage = new(app, cable, variable)
      yield stage
    ensure
      stage&.close
    end

    # Starts the next tenants, and asks each for the same pages.
    #
    # @param count [Integer] how many there are then
    def tenants(count)
      (@tenants.size...count).each_slice(Etc.nprocessors) do |numbers|
        @tenants += numbers.map { |number| tenant(name(number)) }.each(&:port)
      end
      @tenants.drop(@asked).each { |server| ask(server) }
      @asked = @tenants.size
      sleep SETTLE
    end

    # @return [Array<String>]
    def names
      Array.new(@tenants.size) { |number| name(number) }
    end

    # @return [Array<Integer>] pids of what serves all tenants
    def shared
      [@cable.pid, @redis.pid]
    end

    def close
      servers = [*@tenants, @cable].compact
      servers.each(&:end)
      servers.each(&:wait)
      @redis&.stop
    end

    private

    def initialize(app, cable, variable)
      @app = app
      @variable = variable
      @tenants = []
      @asked = 0
      @redis = Redis.start
      @cable = server(cable, "cable", %w[bin/cable])
      @cable.port
    rescue
      close
      raise
    end

    def tenant(name)
      copy_database(name)
      server(@app, name, %w[bundle exec puma], DATABASE => name, @variable => name)
    end

    # With what SQLite has not put into the file itself yet.
    def copy_database(name)
      ["", "-wal"].each do |part|
        FileUtils.rm_f("#{database(name)}#{part}")
        FileUtils.cp("#{database("production")}#{part}", "#{database(name)}#{part}") if File.exist?("#{database("production")}#{part}")
      end
    end

    def server(directory, name, command, more = {})
      environment = Bundler.unbundled_env.merge(variables, "BUNDLE_GEMFILE" => File.join(directory, "Gemfile"), **more)
      Server.new(directory, environment, command, File.join(directory, "log/#{name}.log"))
    end

    def ask(server)
      failed = Settle::Client.new(server.port).get(PAGES, COUNT).reject { |answer| answer.status == 200 }
      raise "#{failed.first.path} answered #{failed.first.status}" if failed.any?
    end

    def variables
      {"RAILS_ENV" => "production", "SECRET_KEY_BASE" => "bench" * 20, "REDIS_URL" => @redis.url}
    end

    def name(number)
      format("bench-fleet-%02d", number + 1)
    end

    def database(name)
      File.join(@app, format(DATABASES, name))
    end
  end

  # The tests' Redis, and which process it is.
  class Redis < RedisServer
    attr_reader :pid
  end
end
