# frozen_string_literal: true

require_relative "command"
require_relative "experiments"
require_relative "../configuration"
require_relative "../experiment"
require_relative "../trace/merged"
require_relative "../trace/run"
require_relative "../trace/setup"
require_relative "../trace/text"
require_relative "../verdicts/used_names"

module ShowcaseMemtrim
  module Commands
    # `memtrim trace [options] -- COMMAND…`
    class Trace < Command
      include Experiments

      PATH = ShowcaseMemtrim::Trace::PATH
      RUNTIME = %r{^\s*require\s*\(?\s*["']showcase_memtrim/rails["']}

      def run(arguments)
        command = split(arguments)
        options.permute!(arguments)
        return 0 if @help
        check(arguments, command)
        App.new(@options[:app]).check
        @app = File.realpath(@options[:app])
        return clear if @options[:clear]
        return show if @options[:show]
        trace(command)
      end

      private

      def split(arguments)
        at = arguments.index("--") or return []
        arguments.slice!(at..).drop(1)
      end

      def check(arguments, command)
        raise Error, "--show and --clear run no command" if command.any? && (@options[:show] || @options[:clear])
        raise Error, "--show or --clear?" if @options[:show] && @options[:clear]
        raise Error, "trace what? a command goes behind --, as in: memtrim trace -- #{arguments.any? ? arguments.join(" ") : "bin/rails test"}" if arguments.any? || (command.empty? && !@options[:show] && !@options[:clear])
      end

      def path
        @options[:output] || File.join(@app, PATH)
      end

      # @return [Integer] the command's own exit status
      def trace(command)
        missing = missing(command)
        return missing if missing
        check_platform("tracing")
        read if File.exist?(path) # what can't be read is not added to
        run = ShowcaseMemtrim::Trace::Run.new(app: @app, path: path, setup: setup)
        note "running #{command.join(" ")}; gems are loaded when they are used first…"
        run.run(command).tap { tell }
      rescue Errno::ENOENT, Errno::EACCES => error
        not_started(command, error.is_a?(Errno::ENOENT) ? ShowcaseMemtrim::Trace::Run::NOT_FOUND : ShowcaseMemtrim::Trace::Run::NOT_EXECUTABLE)
      end

      # Before the app is booted a dozen times for it. One string goes to the shell, which will tell itself.
      #
      # @return [Integer, nil] the exit status
      def missing(command)
        return if command.size == 1 && command.first.match?(/[\s*?{}\[\]<>()~&|\\$;'`"#=%]/)
        name = command.first
        files = name.include?("/") ? [File.expand_path(name, @app)] : ENV["PATH"].to_s.split(File::PATH_SEPARATOR).map { |directory| File.expand_path(name, directory) }
        return if files.any? { |file| File.file?(file) && File.executable?(file) }
        not_started(command, (files.any? { |file| File.file?(file) }) ? ShowcaseMemtrim::Trace::Run::NOT_EXECUTABLE : ShowcaseMemtrim::Trace::Run::NOT_FOUND)
      end

      def not_started(command, status)
        note "#{command.first} can't be started in #{@app}: #{(status == ShowcaseMemtrim::Trace::Run::NOT_FOUND) ? "no such command" : "no permission"}"
        status
      end

      def read
        ShowcaseMemtrim::Trace.read(path, lock: lock)
      end

      # @return [ShowcaseMemtrim::Trace::Setup] of boots made now, or of an earlier run with the very same app
      def setup
        facts = {env: @options[:env], lock: lock, fingerprint: Experiment::Fingerprint.of(@app, env: @options[:env])}
        header = known(facts[:fingerprint])
        return ShowcaseMemtrim::Trace::Setup.from(header, facts: facts) if header
        in_workspace { |workspace| find(workspace, facts) }
      end

      def known(fingerprint)
        return if @options[:fresh] || !File.exist?(path)
        header = read.runs.map(&:header).reverse.find { |each| each["fingerprint"] == fingerprint && each["memtrim"] == VERSION && each["booted_alone"] == boots? }
        note "the app is as it was at #{header["at"]}: its boots are not made again (--fresh does)" if header
        header
      end

      def boots?
        !@options[:no_boots]
      end

      def find(workspace, facts)
        note "booting #{File.basename(@app)} (#{@options[:env]})…"
        without = Experiment::WithoutEach.new(workspace, progress: Experiment::Progress.new(@err), **@options.slice(:env, :jobs, :timeout).compact)
        candidates = without.candidates
        outcomes = boots? ? alone(without) : {}
        deferred = boots? ? ShowcaseMemtrim::Verdicts::UsedNames.can_wait(outcomes, candidates.bundle, directory: @app, env: @options[:env]) : together(without)
        ShowcaseMemtrim::Trace::Setup.of(
          candidates, deferred: candidates.gems.slice(*deferred), already: already, boots: outcomes.transform_values(&:to_h),
          facts: {**facts, booted_alone: boots?}, app: @app
        )
      end

      def alone(without)
        note "booting it without each of #{without.candidates.names.size} gems and railties, to find those that can wait for their first use…"
        without.to_h
      end

      # The most with which it boots: what those gems do unasked is not asked.
      def together(without)
        gems = without.candidates.gems.select { |_, constants| constants.any? }.keys
        note "booting it without #{gems.size} gems, and with as many of them as it needs…"
        Experiment::Search.new(gems) { |sets| without.boots?(sets) }.largest
      end

      # @return [Hash{String => Array<String>}] gems that the app itself defers
      def already
        application = File.join(@app, "config/application.rb")
        return {} unless File.file?(application) && File.read(application).scrub.match?(RUNTIME)
        Configuration.read(@app).deferred.to_h { |entry| [entry.name, entry.constants] }
      end

      # @return [String, nil] nil: there is none
      def lock
        Experiment::GemfileLock.new(App.new(@app).gemfile).digest
      end

      # Afterwards, and not on stdout: that is the command's.
      def tell
        text = ShowcaseMemtrim::Trace::Text.new(read).to_s
        @err.puts "", text
        note "written to #{path.delete_prefix("#{@app}/")}; more commands add to it, and `memtrim unused` reads it"
      end

      def show
        merged = read
        @out.puts (@options[:format] == "json") ? JSON.pretty_generate(schema: 1, app: File.basename(@app), **merged.to_h) : ShowcaseMemtrim::Trace::Text.new(merged).to_s
        0
      end

      def clear
        read if File.exist?(path) && !@options[:output].nil? # somebody else's file is not ours to remove
        File.exist?(path) ? File.delete(path) : note("there is no trace at #{path}")
        0
      end

      def options
        parser("trace [options] -- COMMAND…") do |parser|
          parser.separator "Runs a command while gems that can wait are loaded at their first use, and keeps a log of those."
          parser.on("-o", "--output FILE", "the log (default: #{PATH} of the app); runs are added to it") { |file| @options[:output] = File.expand_path(file) }
          parser.on("--no-boots", "do not boot the app without each gem: leave out as many as it boots without, whatever they do") { @options[:no_boots] = true }
          parser.on("--show", "what the log has") { @options[:show] = true }
          parser.on("--clear", "remove the log") { @options[:clear] = true }
          parser.separator ""
          app_options(parser)
          trial_options(parser)
          format_option(parser)
        end
      end
    end
  end
end
