# frozen_string_literal: true

require_relative "command"
require_relative "verdicts"

module ShowcaseMemtrim
  module Commands
    # `memtrim report`
    class Report < Command
      include Verdicts

      FORMATS = [*Command::FORMATS, "markdown", "github", "html", "speedscope"].freeze
      # Those that have verdicts in them.
      JUDGED = %w[text json html].freeze

      def run(arguments)
        options.permute!(arguments)
        raise Error, "report takes no #{arguments.first}; memtrim explain #{arguments.first} tells about one gem" if arguments.any?
        return 0 if @help
        check_trace
        check_output
        boot = recording
        emit(boot.report(@options[:format], width, (facts_if_any(boot) if JUDGED.include?(@options[:format])))) { boot.report("markdown", width, nil) }
        status(boot)
      end

      private

      def options
        parser("report [options]") do |parser|
          boot_options(parser)
          recording_option(parser)
          verdicts_option(parser)
          format_option(parser, FORMATS)
          output_option(parser)
        end
      end
    end
  end
end
