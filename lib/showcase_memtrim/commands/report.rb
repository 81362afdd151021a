# frozen_string_literal: true

require_relative "command"

module ShowcaseMemtrim
  module Commands
    # `memtrim report`
    class Report < Command
      def run(arguments)
        parser.permute!(arguments)
        raise Error, "report takes no #{arguments.first}; memtrim explain #{arguments.first} tells about one gem" if arguments.any?
        return 0 if @help
        boot = recording
        @out.print boot.report(@options[:format], width)
        status(boot)
      end

      private

      def parser
        OptionParser.new do |parser|
          parser.banner = "Usage: memtrim report [options]"
          boot_options(parser)
          recording_option(parser)
          format_option(parser)
          parser.on("-h", "--help") do
            @out.puts parser
            @help = true
          end
        end
      end
    end
  end
end
