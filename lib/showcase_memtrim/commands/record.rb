# frozen_string_literal: true

require_relative "command"

module ShowcaseMemtrim
  module Commands
    # `memtrim record -o FILE [-- COMMAND…]`
    class Record < Command
      def run(arguments)
        command = split(arguments)
        options.permute!(arguments)
        return 0 if @help
        raise Error, "record to which file? memtrim record -o FILE" unless @options[:output]
        raise Error, "record what? a command goes behind --, as in: memtrim record -o FILE -- ruby #{arguments.first}" if arguments.any?
        command.empty? ? record_app : record_command(command)
      end

      private

      def split(arguments)
        at = arguments.index("--")
        return [] unless at
        arguments.slice!(at..).drop(1)
      end

      def record_app
        boot(@options[:output])
        status(open_recording(@options[:output]))
      end

      # The exit status is the program's own, as with time or strace.
      def record_command(command)
        Boot.new(light: @options[:light], timeout: @options[:timeout], progress: @err).record_command(command, @options[:output])
      end

      def options
        parser("record -o FILE [options] [-- COMMAND…]") do |parser|
          parser.on("-o", "--output FILE", "the recording to write") { |file| @options[:output] = File.expand_path(file) }
          boot_options(parser)
        end
      end
    end
  end
end
