# frozen_string_literal: true

require_relative "requests"
require_relative "settings"

module ShowcaseMemtrim
  module Settle
    # Settles an app as its config.memtrim.settle says: when its server is up, and whenever no request has come for a while. An
    # exception in here is told once, and nothing is settled from then on: the app goes on.
    class Installed
      # @param options [Hash] all of config.memtrim
      # @return [Installed, nil] nil: there is nothing to do
      # @raise [Error] for a setting that can't be had
      def self.of(options)
        settings = Settings.of(options)
        settings && new(settings)
      end

      # @param settings [Settings]
      def initialize(settings)
        @settings = settings
        @requests = Requests.new
        @starting = Mutex.new
      end

      # @return [Boolean] whether it has to know of requests
      def idle?
        !@settings.idle.nil?
      end

      # The app is loaded in a process that serves, or whose children will: a Puma that preloads calls this before it forks.
      def server_started
        shielded { start if Settle.possible? }
      end

      # A request begins. Waits while garbage is collected.
      #
      # @return [Boolean] whether it is counted, and ends with request_ended
      def request_started
        return false unless @serving
        shielded do
          @requests.started
          watch unless @thread&.alive?
        end
        @serving
      end

      def request_ended
        @requests.ended
      end

      private

      def start
        settle("after the boot") if @settings.after_boot
        @serving = !@settings.idle.nil?
      end

      # A process that was forked since has no thread, and gets its own with its first request.
      def watch
        @starting.synchronize { @thread = Thread.new { shielded { settle_when_idle } } unless @thread&.alive? }
      end

      def settle_when_idle
        Thread.current.name = "memtrim settle"
        loop do
          @requests.wait_until_idle(@settings.idle)
          settle(format("after %g s idle", @settings.idle), gate: @requests)
        end
      end

      def settle(when_it_was, **options)
        settled = Settle.now(compact: @settings.compact, **options) or return
        ::Rails.logger&.info("memtrim: settled: #{settled}, #{when_it_was}")
      end

      def shielded
        yield
      rescue StandardError, ScriptError, NoMemoryError => error
        @serving = false
        ::Rails.logger&.error("memtrim: does not settle any more: #{error.class}: #{error.message} (#{error.backtrace&.first})")
      end
    end
  end
end
