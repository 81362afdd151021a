# frozen_string_literal: true

require_relative "command"
require_relative "experiments"
require_relative "verdicts"

module ShowcaseMemtrim
  module Commands
    # `memtrim unused`
    class Unused < Command
      include Experiments
      include Verdicts

      def run(arguments)
        options.permute!(arguments)
        return 0 if @help
        raise Error, "unused takes no #{arguments.first}; memtrim explain #{arguments.first} tells about one gem" if arguments.any?
        check_trace
        boot = recording
        raise Error, "the boot did not end well, so nothing can be said of its gems: #{boot.error&.lines&.first&.strip || "the process died"}" unless status(boot).zero?
        text, findings = boot.verdicts(facts(boot, boots: (boots if @options[:prove])), @options[:format], width, @options.fetch(:all, false))
        @out.print text
        findings.zero? ? 0 : 1
      end

      private

      def boots
        check_platform("proving")
        in_workspace do |workspace|
          note "booting #{File.basename(@options[:app])} without each gem and railtie…"
          Experiment::WithoutEach.new(workspace, progress: Experiment::Progress.new(@err), **@options.slice(:env, :timeout)).to_h
        end
      end

      def options
        parser("unused [options]") do |parser|
          parser.on("--all", "also what is in use, and why") { @options[:all] = true }
          parser.on("--prove", "boot the app without each gem and railtie, too: a minute or so") { @options[:prove] = true }
          trace_option(parser)
          parser.separator ""
          boot_options(parser)
          recording_option(parser)
          format_option(parser)
        end
      end
    end
  end
end
