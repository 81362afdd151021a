# frozen_string_literal: true

require_relative "../experiment"

module ShowcaseMemtrim
  module Commands
    # What the commands share that boot an app many times.
    module Experiments
      MINUTES = 7.5

      private

      def check_platform(what)
        return if File.file?(Experiment::Trial::COUNTER) && Subprocess.adopt_orphans
        raise Error, "#{what} needs Linux: the allocation counter can't be preloaded here (#{RUBY_PLATFORM})"
      end

      # Of every experiment, as Minimal and Proof take them.
      def shared(workspace)
        {
          resident: !@options[:held], seconds: (@options[:minutes] || MINUTES) * 60, store: store(workspace),
          progress: Experiment::Progress.new(@err), jobs: @options[:jobs], **@options.slice(:env, :timeout)
        }.compact
      end

      def store(workspace)
        Experiment::Store.new(Experiment::Fingerprint.of(workspace, env: @options[:env]), fresh: @options.fetch(:fresh, false), progress: @err)
      end

      def figures_options(parser)
        parser.on("--held", "held bytes only, from few boots: quicker, no resident memory") { @options[:held] = true }
        parser.on("--minutes N", Float, "time for all of it (default: #{MINUTES}); what the boots for held bytes leave, those of resident memory have") { |minutes| @options[:minutes] = minutes }
      end

      def trial_options(parser)
        timeout_option(parser)
        parser.on("--jobs N", Integer, "boots at once (default: the number of cores)") { |jobs| @options[:jobs] = jobs }
        parser.on("--fresh", "use no boots kept from earlier runs") { @options[:fresh] = true }
      end
    end
  end
end
