# frozen_string_literal: true

require "optparse"
require_relative "../showcase_memtrim"

module ShowcaseMemtrim
  # `memtrim COMMAND`: one file for each command in commands/.
  #
  # Results go to stdout; progress, notes and errors to stderr. The exit status is 0 when all is well, 1 for a
  # finding or an exceeded limit, 2 when the answer could not be had.
  module CLI
    COMMANDS = {
      "report" => "memory of a boot by railtie and by gem",
      "explain" => "everything about one gem or railtie",
      "unused" => "which gems and railties nothing uses, or only rarely, with the lines that show it",
      "railties" => "which railties are loaded, by whom, and which settings have no effect",
      "prove" => "what leaving gems and railties out really saves, by booting without them",
      "doctor" => "settings that make the processes larger than they need be, with the line and the edit",
      "trim" => "leave out of the boot what the app works without: shows the edits, or writes them",
      "tune" => "search allocator, GC and thread settings for those that make the server smallest",
      "cable" => "whether the app's channels can be served without the app; writes the server that does",
      "defer" => "whether gems can be loaded at their first use, and what speaks against it",
      "trace" => "what a command uses of the gems and railties, and where, while each waits for its first use",
      "fleet" => "all processes of the machine: each tenant's memory, what else there is, how many more fit",
      "check" => "hold a boot to its budget and its baseline, and say who made it grow",
      "baseline" => "write down what a boot holds now, for check to compare with",
      "diff" => "what one recording or git revision holds more than another, and by whom",
      "compare" => "memory of two ways to run a whole service",
      "record" => "record a boot, or any Ruby program, to a file"
    }.freeze

    class << self
      # @param arguments [Array<String>]
      # @return [Integer] the exit status
      def run(arguments, out: $stdout, err: $stderr)
        name, *rest = arguments
        case name
        when nil, "-h", "--help", "help"
          out.puts usage
          name ? 0 : 2
        when "-v", "--version"
          out.puts VERSION
          0
        else
          command(name).new(out: out, err: err).run(rest).tap { out.flush }
        end
      rescue Error, OptionParser::ParseError => error
        err.puts "memtrim: #{error.message}"
        2
      rescue Errno::EPIPE
        0 # whoever read our output has seen enough
      rescue SystemCallError, IOError => error
        err.puts "memtrim: #{error.message.sub(/ @ .*/, "")}"
        2
      rescue SignalException => signal
        err.puts "memtrim: stopped by #{signal.signm.empty? ? signal.class : signal.signm}"
        128 + signal.signo
      rescue => error # ours: it must not look like a finding
        err.puts "memtrim: #{error.full_message(highlight: false)}"
        2
      end

      private

      def command(name)
        raise Error, "no command #{name}#{did_you_mean(name)}; memtrim --help lists them" unless COMMANDS.key?(name)
        require_relative "commands/#{name}"
        Commands.const_get(name.capitalize)
      end

      def did_you_mean(name)
        near = defined?(DidYouMean::SpellChecker) ? DidYouMean::SpellChecker.new(dictionary: COMMANDS.keys).correct(name) : []
        near.empty? ? "" : ", did you mean #{near.first}?"
      end

      def usage
        lines = COMMANDS.map { |name, what| format("  %-10s %s", name, what) }
        <<~TEXT
          Usage: memtrim COMMAND [options]

          #{lines.join("\n")}

          memtrim COMMAND --help lists a command's options.
        TEXT
      end
    end
  end
end
