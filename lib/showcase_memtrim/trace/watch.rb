# frozen_string_literal: true

require_relative "phase"

module ShowcaseMemtrim
  class Trace
    # Watches gems and railties that can't be deferred, and deferred ones once they are loaded, since their first use may
    # have been a test's: who calls their methods.
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
      # Seconds that watching one thing may take, and calls: while the process boots, and from then on.
      SECONDS = 0.5
      CALLS = 200_000
      # Calls from its own code of which it is asked who made them, for each file: what comes by way of a method that
      # can't be seen.
      LOOKS = 10
      METHOD, CLASS = %i[method class].map { |name| ::Kernel.instance_method(name) }
      NAME = ::Module.instance_method(:name)
      # Frames in which the caller is, most often: all of a stack take ten times as long.
      NEAR = 12

      # What is watched. traces: TracePoint → its target; known: facts; told: lines of the app's that have nothing new to
      # tell; calls, seconds: spent on it; rests: nil, until :booted, or for :ever.
      Thing = Struct.new(:name, :directories, :traces, :known, :told, :calls, :seconds, :rests)

      # @param direct [Boolean] by the app's own code
      # @param phase [Symbol]
      # @return [Symbol] which of the six facts that is
      def self.fact(direct, phase, booted: true)
        stage = if Phase::BOOT.include?(phase) || !booted then :boot
        else
          (phase == :test) ? :test : :later
        end
        :"#{direct ? "direct" : "framework"}_#{stage}"
      end

      # @param directories [Hash{String => Array<String>}] name → where its files are
      # @param log [Trace]
      def initialize(directories, log)
        @things = directories.map { |name, paths| Thing.new(name, paths.map { |path| "#{path}/" }, {}, log.known(name), {}, 0, 0.0, nil) }
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
        @things.each do |thing|
          thing.calls, thing.seconds = 0, 0.0
          wake(thing) if thing.rests == :booted
        end
      end

      private

      def compiled(code)
        path = code.absolute_path || code.path
        thing = @things.find { |each| path.start_with?(*each.directories) }
        watch(thing, code) unless thing.nil? || thing.rests == :ever || path.end_with?("/version.rb", ".gemspec")
      end

      def watch(thing, code)
        looks = LOOKS
        trace = TracePoint.new(:call, :b_call) do |call|
          unless thing.rests
            started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
            looks -= 1 if called(thing, call, looks.positive?)
            spent(thing, Process.clock_gettime(Process::CLOCK_MONOTONIC) - started)
          end
        end
        trace.enable(target: code)
        @log.note(watching: thing.name) if thing.traces.empty?
        thing.traces[trace] = code
        trace.disable if thing.rests
      rescue ArgumentError
        nil # there is no method in it
      end

      # @param look [Boolean] also through the thing's own code
      # @return [Boolean] whether it was called by itself
      def called(thing, call, look)
        caller = caller_locations(3, 1)&.first # past this, the block, and the method
        path = caller ? Callers.path(caller).to_s : ""
        mine = path.start_with?(*thing.directories)
        return mine if mine ? !look : enough?(thing, path, caller&.lineno)
        look(thing, call, caller_locations(3, NEAR) || []) || look(thing, call, caller_locations(3) || [])
        mine
      end

      # Nothing new can come of such a caller, as far as one frame tells.
      def enough?(thing, path, line)
        return thing.known[framework] if !@owner.own?(path) && !passes_on?(path)
        @booted ? thing.told.key?("#{path}:#{line}") : thing.known[:direct_boot] && thing.known[:framework_boot]
      end

      # Whoever calls by way of these calls it for somebody else; the thing itself, it may be.
      def passes_on?(path)
        Callers::MACHINERY.match?(path) || @owner.rubys?(path)
      end

      def framework
        @booted ? :framework_later : :framework_boot
      end

      # Whatever happens here is not the program's business; what others raise in this thread (a Timeout) is, but not
      # here.
      #
      # @param locations [Array<Thread::Backtrace::Location>] the stack, or the nearest of it
      # @return [Boolean] false: more of the stack is needed
      def look(thing, call, locations)
        Thread.handle_interrupt(Object => :never) do
          next true if loading?(thing, locations)
          place = Callers.first(locations.reject { |location| of?(thing, location) || passes_on?(Callers.path(location).to_s) })
          next false if place.nil? && locations.size == NEAR
          found(thing, call, place)
          true
        rescue
          give_up(thing)
          true
        end
      end

      def of?(thing, location)
        Callers.path(location).to_s.start_with?(*thing.directories)
      end

      # Its own files are being loaded, and call what is in them.
      def loading?(thing, locations)
        locations.each do |location|
          mine = of?(thing, location)
          return false unless mine || passes_on?(Callers.path(location).to_s)
          return true if mine && location.label.start_with?("<")
        end
        false
      end

      # @param place [Thread::Backtrace::Location, nil] who called; nil: a thread's or a program's own start
      def found(thing, call, place)
        place &&= Frame.new(Callers.path(place).to_s, place.lineno, place.label)
        direct = !place.nil? && @owner.own?(place.path) && !in_place_of_another?(thing, call)
        return if thing.known[direct ? (:direct_boot unless @booted) : framework] || (direct && thing.told.key?("#{place.path}:#{place.line}"))
        frames = Frame.all(caller_locations.reject { |location| of?(thing, location) })
        phase = Phase.of(frames, @owner)
        thing.told["#{place.path}:#{place.line}"] = true if direct && Phase.of([place], @owner) == phase && phase != :application
        fact = Watch.fact(direct, phase, booted: @booted)
        return if thing.known[fact]
        thing.known[fact] = true
        @log.watched(thing.name, place, frames, phase, direct)
        rest(thing, :ever) if thing.known[:direct_later] && thing.known[:framework_later]
      end

      # Whoever calls `reload` means the model's, not that of the module which something has put before it.
      def in_place_of_another?(thing, call)
        return false unless call.method_id # of a block: that of the method around it
        return false if own_object?(thing, call.self)
        other = METHOD.bind_call(call.self, call.method_id).super_method
        other = other.super_method while other && other.source_location&.first.to_s.start_with?(*thing.directories)
        !other.nil? && other.owner.public_method_defined?(other.name) # and no hook of Ruby's, as `inherited`
      rescue NameError, TypeError # a BasicObject, or called by another name
        false
      end

      # A module of the thing's, or an object of its class.
      def own_object?(thing, object)
        owner = (Module === object) ? object : CLASS.bind_call(object)
        name = NAME.bind_call(owner)
        !name.nil? && Object.const_source_location(name)&.first.to_s.start_with?(*thing.directories)
      end

      def spent(thing, seconds)
        thing.calls += 1
        thing.seconds += seconds
        return if thing.rests || (thing.seconds < SECONDS && thing.calls < CALLS)
        return give_up(thing) if @booted
        rest(thing, :booted)
        @log.note(stopped: thing.name) unless thing.known[:direct_boot]
      end

      def give_up(thing)
        rest(thing, :ever)
        @log.note(stopped: thing.name) unless thing.known[:direct_later]
      end

      def rest(thing, how_long)
        thing.rests = how_long
        thing.traces.each_key(&:disable)
        thing.traces.clear if how_long == :ever
      end

      def wake(thing)
        thing.rests = nil
        thing.traces.each { |trace, code| trace.enable(target: code) }
      end
    end
  end
end
