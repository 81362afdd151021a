# frozen_string_literal: true

require "net/http"
require "socket"
require_relative "small_rails_app"

# A small Rails app with config.memtrim.settle and its own Puma: pages that are slow, make garbage, stream, or take
# their connection over. SETTLE is the setting, as Ruby.
class SettlingApp
  GARBAGE = 36 << 20 # bytes of the page /garbage

  APPLICATION = <<~'RUBY'
    require "bundler/setup"
    if ENV["LISTED"]
      require "showcase_memtrim/rails"
    else
      require "rails"
      require "action_controller/railtie"
    end
    require "active_support/core_ext/numeric/time"
    Bundler.require(*Rails.groups)

    class Shop < Rails::Application
      config.eager_load = false
      config.secret_key_base = "x" * 64
      config.hosts.clear
      config.logger = Logger.new($stdout, formatter: ->(level, _, _, text) { "#{level} #{Process.pid} #{text}\n" })
      config.log_level = :info
      config.memtrim.settle = eval(ENV["SETTLE"]) if ENV["SETTLE"]
      initializer("the app's own thread") { Thread.new { sleep }.thread_variable_set(:fork_safe, true) }
    end
  RUBY

  # Small strings, of which every hundredth stays: what is freed lies between what is not.
  RACK = <<~RUBY
    require_relative "config/environment"
    eval(ENV["BROKEN"]) if ENV["BROKEN"]
    Slowly = Struct.new(:seconds) { def each = 10.times { sleep(seconds / 10.0); yield "." } }

    Rails.application.routes.draw do
      answer = ->(text) { [200, {"content-type" => "text/plain"}, [text.to_s]] }
      get "/fast", to: ->(_) { answer.("fast") }
      get "/pid", to: ->(_) { answer.(Process.pid) }
      get "/slow", to: ->(_) { sleep(2) && answer.("slow") }
      get "/stream", to: ->(_) { [200, {"content-type" => "text/plain"}, Slowly.new(2.5)] }
      get "/fails", to: ->(_) { raise "no" }
      get "/garbage", to: ->(_) { garbage = Array.new(60_000) { "x" * 600 }; $kept = garbage.each_slice(100).map(&:first); answer.($kept.size) }
      get "/taken", to: ->(env) { $socket = env["rack.hijack"].call; [-1, {}, []] }
      get "/threads", to: ->(_) { answer.(Thread.list.filter_map(&:name).grep(/memtrim/).size) }
    end
    run Rails.application
    Rails.application.load_server
  RUBY

  PUMA = <<~RUBY
    bind "tcp://127.0.0.1:0"
    threads 2, 2
    workers Integer(ENV.fetch("WORKERS", 0))
    preload_app! ENV["PRELOAD"] == "1"
  RUBY

  # LATER is what an initializer says of it.
  LATER = "later = ENV['LATER'] and Rails.application.config.memtrim.settle = eval(later)\n"

  # With LISTED the app has its railties from config/memtrim.yml.
  #
  # @yield [SettlingApp]
  def self.with
    gemfile = "#{SmallRailsApp.gemfile(true)}gem 'puma'\n"
    SmallRailsApp.with({"Gemfile" => gemfile, "config/application.rb" => APPLICATION, "config.ru" => RACK, "config/puma.rb" => PUMA, "config/initializers/settle.rb" => LATER, "config/memtrim.yml" => "railties: [action_controller/railtie, action_view/railtie]\n"}) { |app| yield new(app) }
  end

  def initialize(directory)
    @directory = directory
  end

  # @return [Memtrim::Result] of some Ruby in the booted app
  def boot(code, **variables)
    Memtrim.run_command("ruby", "-e", "require './config/environment'; #{code}", chdir: @directory, env: environment(variables))
  end

  # Starts its Puma; when the block is done it is stopped.
  #
  # @yield [Server]
  def serve(**variables)
    server = Server.new(@directory, environment(variables))
    server.await(/Listening on/)
    yield server
  ensure
    server&.stop
  end

  private

  def environment(variables)
    {"RAILS_ENV" => "production", "BUNDLE_GEMFILE" => File.join(@directory, "Gemfile"), **variables.to_h { |name, value| [name.to_s.upcase, value] }}
  end

  # Puma, running.
  class Server
    LIMIT = 30 # seconds

    attr_reader :pid

    def initialize(directory, environment)
      @log = File.join(directory, "#{object_id}.log")
      Memtrim.with_default_signals do
        @pid = Process.spawn(Memtrim.environment(environment), "bundle", "exec", "puma", "-C", "config/puma.rb", chdir: directory, unsetenv_others: true, out: @log, err: %i[child out])
      end
    end

    def log
      File.read(@log)
    end

    # @return [Array<String>] what was logged of settling: "PID text"
    def settled
      log.scan(/^INFO (\d+ memtrim: settled: .*)/).flatten
    end

    # Waits until the log has it.
    def await(pattern, times: 1)
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + LIMIT
      until log.scan(pattern).size >= times
        raise "not in #{LIMIT} s: #{pattern.inspect}\n#{log}" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline || Process.wait(@pid, Process::WNOHANG)
        sleep 0.02
      end
    end

    # @return [Net::HTTPResponse] on a connection of its own
    def get(path)
      Net::HTTP.start("127.0.0.1", port) { |http| http.get(path, "Connection" => "close") }
    end

    def port
      @port ||= Integer(log[/Listening on http:\/\/127\.0\.0\.1:(\d+)/, 1])
    end

    def stop
      Process.kill(:TERM, @pid)
      Process.wait(@pid)
    rescue Errno::ECHILD, Errno::ESRCH
      nil # it had ended
    end
  end
end
