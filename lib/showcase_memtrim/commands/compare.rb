# frozen_string_literal: true

require "json"
require_relative "command"
require_relative "../comparison"

module ShowcaseMemtrim
  module Commands
    # `memtrim compare --a CMD --b CMD`
    class Compare < Command
      def run(arguments)
        @commands = {}
        @options = @options.slice(:app, :env, :format)
        options.permute!(arguments)
        return 0 if @help
        check(arguments)
        @out.print render(Comparison.new(@commands, **@options.except(:format), progress: @err).run)
        0
      end

      private

      def check(arguments)
        missing = %i[a b].find { |side| @commands[side].to_s.strip.empty? }
        raise Error, "compare which two commands? --#{missing} is missing: memtrim compare --a \"bin/rails server\" --b \"bin/other\"" if missing
        raise Error, "compare takes no #{arguments.first}; a command of several words goes in quotes" if arguments.any?
        raise Error, "#{@options[:app]}: no such directory; --app names where the commands run" unless File.directory?(@options[:app])
      end

      def render(result)
        return "#{JSON.pretty_generate(result)}\n" if @options[:format] == "json"
        Comparison::Text.new(result, width).to_s
      end

      def options
        parser("compare --a CMD --b CMD [options]") do |parser|
          parser.on("--a CMD", "a shell command that runs the service, on the port in $PORT") { |command| @commands[:a] = command }
          parser.on("--b CMD", "another one") { |command| @commands[:b] = command }
          parser.on("--app DIR", "where they run (default: this directory)") { |dir| @options[:app] = File.expand_path(dir) }
          parser.on("--env NAME", "RAILS_ENV (default: RAILS_ENV, else production)") { |name| @options[:env] = name }
          parser.on("--trials N", Integer, "start each so often, in turn (default: 3)") { |n| @options[:trials] = at_least(1, n, "--trials") }
          load_options(parser)
          format_option(parser)
        end
      end

      def load_options(parser)
        parser.on("--requests PATHS", Array, "when it is ready, GET these paths (\"/,/events/1\")") { |paths| @options[:requests] = absolute(paths) }
        parser.on("--count N", Integer, "so many requests of each (default: 100)") { |n| @options[:count] = at_least(1, n, "--count") }
        parser.on("--concurrency C", Integer, "so many at a time (default: 5)") { |n| @options[:concurrency] = at_least(1, n, "--concurrency") }
        parser.on("--idle SECONDS", Float, "wait so long before measuring (default: 1)") { |seconds| @options[:idle] = at_least(0, seconds, "--idle") }
        parser.on("--ready-timeout SECONDS", Float, "give a start up after so long (default: 60)") { |seconds| @options[:ready_timeout] = at_least(0, seconds, "--ready-timeout") }
      end
    end
  end
end
