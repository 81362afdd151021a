# frozen_string_literal: true

require_relative "command"

module ShowcaseMemtrim
  module Commands
    # `memtrim explain NAME`
    class Explain < Command
      def run(arguments)
        parser.permute!(arguments)
        return 0 if @help
        name, *others = arguments
        raise Error, "explain what? memtrim explain GEM, or a railtie as active_storage/engine" if name.nil? || others.any?
        boot = recording
        @out.print explanation(boot, name)
        status(boot)
      end

      private

      def explanation(boot, name)
        boot.explain(name, @options[:format], width)
      rescue ArgumentError => error
        raise Error, error.message
      end

      def parser
        OptionParser.new do |parser|
          parser.banner = "Usage: memtrim explain GEM|RAILTIE [options]"
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
