# frozen_string_literal: true

require_relative "../clock"

module ShowcaseMemtrim
  module Experiment
    # How far an experiment is, on stderr: one line that renews itself on a terminal, a line now and then elsewhere.
    class Progress
      NAMES = {"held" => "held bytes", "resident" => "resident memory"}.freeze
      # Seconds between lines where there is no terminal.
      EVERY = 30

      # @param io [IO, nil] nil: nobody wants to know
      def initialize(io)
        @io = io
      end

      def begin(what)
        @what = NAMES.fetch(what, what)
        @done = 0
        @spent = 0.0
        @expected = nil
        @told = Clock.now
      end

      # @param trials [Integer] still to come
      # @param seconds [Numeric, nil] at most
      def expect(trials, seconds = nil)
        @expected = @done + trials
        @limit = seconds && Clock.now + seconds
        tell
      end

      # One more trial is done.
      #
      # @param seconds [Float] that it took
      # @param jobs [Integer] trials at once
      def step(seconds, jobs)
        @done += 1
        @spent += seconds / jobs
        tell
      end

      def say(text)
        puts "memtrim: #{text}"
      end

      # For whoever writes to an IO.
      def puts(text)
        clear
        @io&.puts text
      end

      def done
        clear
      end

      private

      def tell
        return unless @io && @expected
        if @io.tty?
          @io.print "\r\e[Kmemtrim: #{line}"
          @shown = true
        elsif Clock.now - @told > EVERY
          @told = Clock.now
          @io.puts "memtrim: #{line}"
        end
      end

      def clear
        @io.print "\r\e[K" if @shown
        @shown = false
      end

      def line
        "#{@what}: #{@done} of about #{[@expected, @done].max} trials#{left}"
      end

      def left
        return "" if @done.zero?
        seconds = (@expected - @done) * @spent / @done
        seconds = [seconds, @limit - Clock.now].min if @limit
        ", #{duration([seconds, 0].max)} left"
      end

      def duration(seconds)
        (seconds < 60) ? "#{seconds.ceil} s" : format("%d min %02d s", seconds / 60, seconds % 60)
      end
    end
  end
end
