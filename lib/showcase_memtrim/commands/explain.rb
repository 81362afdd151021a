# frozen_string_literal: true

require_relative "command"
require_relative "verdicts"

module ShowcaseMemtrim
  module Commands
    # `memtrim explain NAME`
    class Explain < Command
      include Verdicts

      def run(arguments)
        options.permute!(arguments)
        return 0 if @help
        name, *others = arguments
        raise Error, "explain what? memtrim explain GEM, or a railtie as active_storage/engine" if name.nil? || others.any?
        check_trace
        boot = recording
        @out.print explanation(boot, name)
        status(boot)
      end

      private

      def explanation(boot, name)
        refusing { boot.explain(name, @options[:format], width, facts_if_any(boot)) }
      end

      def options
        parser("explain GEM|RAILTIE [options]") do |parser|
          boot_options(parser)
          recording_option(parser)
          verdicts_option(parser)
          format_option(parser)
        end
      end
    end
  end
end
