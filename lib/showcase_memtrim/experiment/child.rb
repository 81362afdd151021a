# frozen_string_literal: true

require_relative "../native"
require_relative "../left_out"

module ShowcaseMemtrim
  module Experiment
    # A trial's own process (`ruby -r`): boots the app as the variant says, has it serve what is asked of it, measures
    # itself, and tells its parent.
    #
    # Until the app is booted it requires nothing but the extension, so that the app finds the interpreter as it would
    # have without it; and it takes its own environment variables away before the app can see them.
    class Child
      # Every fourth of them has a block of malloc's beside its slot.
      GARBAGE = 400_000

      # What is asked of a booted app besides figures, and the file that knows it.
      PARTS = {inventory: "inventory", loaded: "inventory", shape: "../../shape", runtime: "runtime", railties: "railtie_states", guarded: "guarded"}.freeze

      # Of the settings, what an app has only with us in its Gemfile: it is done here as it would be there.
      SETTLE = "memtrim.settle"

      # Where the task is: of a boot that we make, or of a program that is not ours to call.
      BOOT, PROGRAM = "MEMTRIM_TRIAL", "MEMTRIM_TRIAL_OF_PROGRAM"

      def self.start(variable = BOOT)
        new(Marshal.load(ENV.delete(variable).unpack1("m"))) # from our own parent
      end

      # @param task [Hash] see Trial#task
      def initialize(task)
        @task = task
        @pid = Process.pid
        @channel = IO.for_fd(task[:channel], "r+b")
        @channel.close_on_exec = true
        @channel.sync = true
        task[:preload].to_s.empty? ? ENV.delete("LD_PRELOAD") : ENV["LD_PRELOAD"] = task[:preload]
      end

      # A program of the user's: measured when it ends.
      def watch
        ENV["RUBYOPT"] = ENV["RUBYOPT"].to_s.sub(/-r#{Regexp.escape(__FILE__)} ?/, "")
        litter if @task[:seed]
        leave_out
        at_exit do
          error = $!
          fine = error.nil? || (error.is_a?(SystemExit) && error.success?)
          tell(fine ? {figures: clocks.merge(measure), details: details} : failure(error))
          exit!(fine ? 0 : 1)
        end
      end

      # Never returns: what the app has for its exit is not for a trial.
      def run
        litter if @task[:seed]
        boot
        figures = clocks
        (@task[:after] == "boot") ? measured(figures) : serve(figures)
        exit!(0)
      rescue Exception => error # rubocop:disable Lint/RescueException -- also an early exit is a boot's end
        tell(failure(error))
        exit!(1)
      end

      private

      # Leaving something out moves the moments of collection, and what memory is free at the end with them: by about
      # a megabyte, and by the same one each time. A random start averages it out.
      def litter
        random = Random.new(@task[:seed])
        random.rand(GARBAGE).times { |index| (index % 4).zero? ? "x" * 200 : Object.new }
      end

      def boot
        require "bundler/setup"
        leave_out
        watch_bundler if @task[:details].include?(:inventory)
        watch_boot if @task[:details].include?(:shape)
        settings = @task[:settings].except(SETTLE)
        apply(settings) if settings.any?
        require File.expand_path("config/environment")
      end

      def leave_out
        @left_out = LeftOut.new(@task[:leave_out])
        return @left_out.install unless @task[:details].intersect?(%i[railties guarded])
        require File.join(__dir__, "../railties/watch")
        @left_out.install { |list| (@watch = Railties::Watch.new(list)).start }
      end

      # After the app's own environment file, before anything reads them.
      def apply(settings)
        require File.expand_path("config/application")
        ::Rails::Application::Bootstrap.initializer(:memtrim_settings, after: :load_environment_hook, before: :load_active_support, group: :all) do |app|
          settings.each do |path, value|
            *owners, name = path.split(".")
            owners.reduce(app.config) { |owner, part| owner.public_send(part) }.public_send(:"#{name}=", value)
          end
        end
      end

      # Of the boot: seconds since the parent started this process, and of CPU.
      def clocks
        {
          boot_seconds: Process.clock_gettime(Process::CLOCK_MONOTONIC) - @task[:started],
          cpu_seconds: cpu_seconds
        }
      end

      # Of all threads of the process, until now.
      def cpu_seconds
        Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
      end

      def measured(figures)
        tell(figures: figures.merge(measure), details: details)
      end

      # The parent requests, so that no client's memory is in the figures, and says when to measure.
      def serve(figures)
        require_part("server")
        server = Server.new(@task[:paths], threads: @task[:threads])
        told = server.start
        settle if @task[:settings].key?(SETTLE)
        before = {anon: Processes.usage(@pid)&.fetch(:anon_bytes), cpu: cpu_seconds}
        tell(server: told)
        while (wanted = @channel.gets&.chomp)
          next tell(cpu_seconds: cpu_seconds) if wanted == "cpu"
          measured(figures.merge(started_anon_bytes: before[:anon], request_cpu_seconds: cpu_seconds - before[:cpu], threads_served: server.threads_served))
        end
      end

      def settle
        require_part("../../settle")
        Settle.now
      end

      # After the boot, free memory is chance: it is collected and given back. After requests, the process is measured
      # as it stands there, free memory and all; that is what it would go on with.
      def measure
        return resident.merge(held) unless @task[:after] == "boot"
        held.merge(resident)
      end

      # Where the counter could not be preloaded there are no held bytes: slots alone would pass for them.
      def held
        slots, blocks, objects = Recorder.holdings(GC::INTERNAL_CONSTANTS.fetch(:HEAP_PAGE_SIZE, 65_536))
        (@task[:counted] && Recorder.counter?) ? {held_bytes: slots + blocks, object_bytes: objects} : {object_bytes: objects}
      end

      def resident
        usage = Processes.usage(@pid) or return {} # elsewhere than on Linux
        @task[:counted] ? about(usage) : usage.merge(free_slots: GC.stat(:heap_free_slots))
      end

      # The counter's own table is in them, and is taken off: near enough for what is far from a limit.
      def about(usage)
        table = Recorder.counter_bytes
        {about_rss_bytes: usage[:rss_bytes] - table, about_anon_bytes: usage[:anon_bytes] - table}
      end

      # What is asked besides the figures, each known only to the booted process.
      def details
        @task[:details].to_h { |name| [name, detail(name)] }
      end

      def detail(name)
        require_part(PARTS.fetch(name))
        case name
        when :inventory then Inventory.new.to_h
        when :loaded then Inventory.loaded
        when :shape then shape
        when :runtime then Runtime.to_h
        when :railties then RailtieStates.new(@watch).to_h
        when :guarded then Guarded.new(@watch).to_h
        end
      rescue => error
        raise "memtrim could not tell the #{name} of this app, which has booted: #{describe(error)}"
      end

      # What the app is made of and who loaded what, and only then what changes the process.
      def shape
        require_part("afterwards")
        shape = Shape.new(@seen.seen)
        told = {things: shape.to_h, mixed_in: shape.mixed_in, files: $LOADED_FEATURES.dup, loads: @seen.loads.dup}
        uses = Afterwards.uses(@task[:traced], measure: @task[:counted])
        told.merge(uses: uses, tasks: Afterwards.tasks)
      end

      def watch_boot
        require_part(PARTS.fetch(:shape))
        require_part("watch")
        @seen = Watch.new(@task[:traced]).start
      end

      def watch_bundler
        require_part("inventory")
        Inventory.watch_bundler
      end

      def failure(error)
        {error: describe(error), line: line(error)}
      end

      def describe(error)
        case error
        when SystemExit then @task[:command] ? "it ended with status #{error.status}" : "the app ended its process with status #{error.status} before it was booted"
        when SignalException then "stopped by #{error.signm.empty? ? error.class : error.signm}"
        else "#{error.class}: #{error.message.strip.lines.first.to_s.strip}"
        end
      end

      # The innermost line of the app's own, else of anybody's but ours and Ruby's.
      def line(error)
        lines = Array(error.backtrace).map { |entry| entry[/\A.+?:\d+/].to_s }.reject { |entry| entry.start_with?("<internal:", "-e:", __dir__) }
        own = lines.reject { |entry| entry.include?("/gems/") || entry.include?("/bundler/") }
        (error.is_a?(SyntaxError) && error.message[/\A(\S+?:\d+)/, 1]) || own.find { |entry| entry.start_with?(Dir.pwd) } || own.first || lines.first
      end

      def require_part(name)
        require File.join(__dir__, "child", name)
      end

      # A forked child of the app's is not the trial.
      def tell(message)
        return unless Process.pid == @pid
        @channel.write([Marshal.dump(message)].pack("m0") << "\n")
      end
    end
  end
end

ShowcaseMemtrim::Experiment::Child.start(ShowcaseMemtrim::Experiment::Child::PROGRAM).watch if ENV.key?(ShowcaseMemtrim::Experiment::Child::PROGRAM)
