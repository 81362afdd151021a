# frozen_string_literal: true

require_relative "../env_file"
require_relative "../tuning"
require_relative "command"
require_relative "experiments"

module ShowcaseMemtrim
  module Commands
    # `memtrim tune`
    class Tune < Command
      include Experiments

      MINUTES, CPU, COUNT = 10.0, 5.0, 20
      HEALTH = "only the health check is requested, which makes no garbage, and the settings are about that: --requests names paths that do work (\"/,/events\")"

      def run(arguments)
        @options.merge!(minutes: MINUTES, cpu: CPU, count: COUNT, variables: {}, preload: [], try: [], skip: [])
        options.permute!(arguments)
        return 0 if @help
        check(arguments)
        note HEALTH if @options[:requests].empty?
        in_workspace do |workspace|
          tuned = Tuning::Run.new(workspace, stock: stock, **search).run
          emit tuned.render(@options[:format], width, notes: notes)
        end
        0
      end

      private

      def check(arguments)
        raise Error, "tune takes no #{arguments.first}; --requests names the paths to measure with" if arguments.any?
        check_platform("tuning")
        check_output
        Tuning.check(@options[:skip])
        stock.check
      end

      def stock
        @stock ||= Tuning::Stock.new(variables: from_file.merge(@options[:variables]), preload: @options[:preload])
      end

      # Of all that a container has, only what bears on this: its database is not a trial's.
      def from_file
        return {} unless @options[:env_file]
        all = EnvFile.read(@options[:env_file]).to_h { |entry| [entry.name, entry.value] }
        used = all.select { |name, _| name.match?(Tuning::Stock::OURS) }
        note "#{@options[:env_file]}: taken #{used.any? ? used.keys.join(", ") : "nothing"}; --variable gives others" if used.size < all.size
        used
      end

      def search
        {
          workload: Experiment::Workload.new(after: "load", paths: @options[:requests], count: @options[:count]), cpu_limit: @options[:cpu] / 100, seconds: @options[:minutes] * 60,
          extra: @options[:try], progress: Experiment::Progress.new(@err), **@options.slice(:env, :skip, :timeout, :jobs)
        }
      end

      def notes
        @options[:requests].empty? ? [HEALTH] : []
      end

      def pair(text)
        name, value = text.split("=", 2)
        raise Error, "--variable wants NAME=VALUE, not #{text}" unless value && name.match?(/\A[A-Za-z_]\w*\z/)
        {name => value}
      end

      def options
        parser("tune [options]") do |parser|
          parser.on("--requests PATHS", Array, "what to GET (\"/,/events\"; default: /up, else /)") { |paths| @options[:requests] = absolute(paths) }
          parser.on("--count N", Integer, "so many requests of each path (default: #{COUNT})") { |n| @options[:count] = at_least(1, n, "--count") }
          parser.on("--minutes N", Float, "time for all of it (default: #{MINUTES.round})") { |n| @options[:minutes] = at_least(0, n, "--minutes") }
          parser.on("--cpu PERCENT", Float, "more CPU for a request that may be spent (default: #{CPU.round})") { |n| @options[:cpu] = at_least(0, n, "--cpu") }
          parser.separator ""
          parser.on("--variable NAME=VALUE", "an environment variable that the server has today") { |text| @options[:variables].merge!(pair(text)) }
          parser.on("--preload LIBRARY", "a library that it preloads today, as an allocator") { |file| @options[:preload] << File.expand_path(file) }
          parser.on("--env-file FILE", "variables that it has today; of these RUBY*, MALLOC_*, LD_PRELOAD, threads") { |file| @options[:env_file] = file }
          parser.on("--try NAME=VALUE[,…]", "also try this: variables, threads=N, stack=SIZE, preload=LIBRARY, Rails settings") { |text| @options[:try] << Tuning::Changes.parse(text) }
          parser.on("--skip LEVERS", Array, "leave these alone (\"threads,yjit\")") { |names| @options[:skip] |= names }
          parser.separator ""
          app_options(parser)
          timeout_option(parser)
          parser.on("--jobs N", Integer, "processes at once while none is compared in turn (default: the number of cores)") { |n| @options[:jobs] = at_least(1, n, "--jobs") }
          format_option(parser)
          output_option(parser)
        end
      end
    end
  end
end
