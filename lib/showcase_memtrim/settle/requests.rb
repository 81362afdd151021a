# frozen_string_literal: true

require_relative "../clock"

module ShowcaseMemtrim
  module Settle
    # The requests of a process: whether one is under way, and since when there was none.
    class Requests
      def initialize
        @mutex = Mutex.new
        @first = ConditionVariable.new
        forget
      end

      # A request begins, on the thread that serves it. Waits while the gate is open.
      def started
        @mutex.synchronize do
          forget unless @pid == Process.pid # a forked process has none of its parent's
          @running += 1
          @server = ::Puma::Server.current if defined?(::Puma::Server)
          @first.signal unless @any
          @any = true
        end
      end

      def ended
        @mutex.synchronize do
          @running -= 1
          @idle_since = Clock.now
        end
      end

      # Returns when there has been a request since the gate was open last, and then none for so many seconds. Wakes up once
      # in that time at most, and not at all without a request.
      def wait_until_idle(seconds)
        @mutex.synchronize do
          loop do
            if !@any then @first.wait(@mutex)
            elsif (left = left(seconds)).positive? then @first.wait(@mutex, left)
            else return
            end
          end
        end
      end

      # Lets no request begin while it yields; if one is under way, or waits in Puma's queue, it does not.
      #
      # @return [Boolean] whether it did
      def open
        @mutex.synchronize do
          return false if busy?
          @any = false
          yield
          true
        end
      end

      private

      def forget
        @pid = Process.pid
        @running = 0
        @any = false
        @idle_since = Clock.now
        @server = nil
      end

      # Seconds. While a request is under way it is idle after that time at the earliest.
      def left(seconds)
        busy? ? seconds : @idle_since + seconds - Clock.now
      end

      # Puma's backlog: connections that were accepted and have no thread yet.
      def busy?
        @running.positive? || @server&.backlog.to_i.positive?
      end
    end
  end
end
