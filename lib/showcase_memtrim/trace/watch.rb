# frozen_string_literal: true

require_relative "phase"

module ShowcaseMemtrim
  class Trace
    # Watches gems and railties that can't be deferred: who calls their methods.
    #
    # Each of their files, as Ruby loads it, is the target of a TracePoint of its own, for all methods and blocks in it,
    # wherever it defines them: what it adds to others' classes, too. Nothing else of the program is slowed down. What a
    # thing does while its own files are loaded is no use of it.
    #
    # Of each thing six facts are wanted: the first call from the app's own code (direct) and the first by anybody else
    # (a framework, another gem); at boot, by tests, and later. With those that matter known, or too much time spent,
    # its TracePoints are taken away.
    #
    # It does not see methods in C, attribute accessors, and constants that are only named.
    class Watch
      # Seconds of a process that watching one thing may take, and calls.
      SECONDS = 0.5
      CALLS = 200_000
      # Calls from its own code of which it is asked who made them, for each file: what comes by way of a method that
      # can't be seen.
      LOOKS = 100

      # What is watched. calls, seconds: spent on it in this process; known: facts; done: it is watched no further.
      Thing = Struct.new(:name, :directories, :traces, :known, :calls, :seconds, :done)

      # @param directories [Hash{String => Array<String>}] name → where its files are
      # @param log [Trace]
      def initialize(directories, log)
        @things = directories.map { |name, paths| Thing.new(name, paths.map { |path| "#{path}/" }, [], {}, 0, 0.0, false) }
          .sort_by { |thing| -thing.directories.map(&:size).max }
        @log = log
        @owner = log.owner
        @booted = false
      end

      # Call it before anything of them is loaded.
      def start
        @files = TracePoint.new(:script_compiled) { |event| compiled(event.instruction_sequence) }
        @files.enable
      end

      # The app is initialized.
      def booted
        @booted = true
      end

      private

      def compiled(code)
        path = code.absolute_path || code.path
        thing = @things.find { |each| path.start_with?(*each.directories) }
        watch(thing, code) unless thing.nil? || thing.done || path.end_with?("/version.rb")
      end

      def watch(thing, code)
        looks = LOOKS
        trace = TracePoint.new(:call, :b_call) do
          unless thing.done
            started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
            looks -= 1 if called(thing, looks.positive?)
            spent(thing, Process.clock_gettime(Process::CLOCK_MONOTONIC) - started)
          end
        end
        trace.enable(target: code)
        @log.note(watching: thing.name) if thing.traces.empty?
        thing.traces << trace
      rescue ArgumentError
        nil # there is no method in it
      end

      # @param look [Boolean] also through the thing's own code
      # @return [Boolean] whether it was called by itself
      def called(thing, look)
        caller = caller_locations(3, 1)&.first # past this, the block, and the method
        mine = caller && of?(thing, caller)
        return mine if mine && !look
        look(thing, caller_locations(3) || []) if mine || !enough?(thing, caller)
        mine
      end

      # Whatever happens here is not the program's business; what others raise in this thread (a Timeout) is, but not
      # here.
      def look(thing, locations)
        Thread.handle_interrupt(Object => :never) do
          found(thing, locations) unless loading?(thing, locations)
        rescue
          stop(thing)
          @log.note(stopped: thing.name)
        end
      end

      # Nothing new can come of it: a framework's call, of which the one that counts now is known.
      def enough?(thing, caller)
        return false if caller.nil? || @owner.own?(Callers.path(caller).to_s) || Callers::MACHINERY.match?(Callers.path(caller).to_s)
        @booted ? thing.known[:framework_later] : thing.known[:framework_boot]
      end

      def of?(thing, location)
        Callers.path(location).to_s.start_with?(*thing.directories)
      end

      # Its own files are being loaded, and call what is in them.
      def loading?(thing, locations)
        locations.each do |location|
          return false unless of?(thing, location) || Callers::MACHINERY.match?(Callers.path(location).to_s)
          return true if of?(thing, location) && location.label.start_with?("<")
        end
        false
      end

      def found(thing, locations)
        outside = locations.reject { |location| of?(thing, location) }
        place = Callers.first(outside)
        direct = !place.nil? && @owner.own?(Callers.path(place))
        return if !direct && thing.known[@booted ? :framework_later : :framework_boot]
        frames = Frame.all(outside)
        phase = Phase.of(frames, @owner)
        fact = :"#{direct ? "direct" : "framework"}_#{stage(phase)}"
        return if thing.known[fact]
        thing.known[fact] = true
        @log.watched(thing.name, place && Frame.new(Callers.path(place), place.lineno, ""), frames, phase)
        stop(thing) if thing.known[:direct_later] && thing.known[:framework_later]
      end

      def stage(phase)
        return :boot if Phase::BOOT.include?(phase) || !@booted
        (phase == :test) ? :test : :later
      end

      def spent(thing, seconds)
        thing.calls += 1
        thing.seconds += seconds
        return if thing.done || (thing.seconds < SECONDS && thing.calls < CALLS)
        stop(thing)
        @log.note(stopped: thing.name) unless thing.known[:direct_later]
      end

      def stop(thing)
        thing.done = true
        thing.traces.each(&:disable)
        thing.traces.clear
      end
    end
  end
end
