# frozen_string_literal: true

require_relative "command"
require_relative "experiments"

module ShowcaseMemtrim
  module Commands
    # `memtrim prove [NAME…]`
    class Prove < Command
      include Experiments

      def run(arguments)
        options.permute!(arguments)
        return 0 if @help
        check_options(arguments)
        in_workspace { |workspace| @options[:minimal] ? minimal(workspace) : proof(workspace, arguments) }
        0
      end

      private

      def check_options(names)
        raise Error, "--check goes with --minimal" if @options[:check] && !@options[:minimal]
        raise Error, "--command is measured at its end: it goes with none of --minimal, --after, --requests and --setting" if @options[:command] && (@options.values_at(:minimal, :after, :settings).any? || @options[:requests].any?)
        raise Error, "--command can't be measured from #{__dir__}: RUBYOPT allows no space in a path; install showcase_memtrim elsewhere" if @options[:command] && __dir__.match?(/\s/)
        raise Error, "--minimal looks at everything: it takes no #{names.first}" if @options[:minimal] && names.any?
        check_platform("proving")
      end

      def proof(workspace, names)
        changes = Experiment::Changes.new(@options).to_a
        begin
          proof = Experiment::Proof.new(workspace, names: names, changes: changes, command: @options[:command], workload: workload, **shared(workspace))
          @out.print proof.run.render(@options[:format], width)
        ensure
          changes.each { |change| change.workspace&.close }
        end
      end

      def minimal(workspace)
        minimal = Experiment::Minimal.new(workspace, check: @options[:check], workload: workload, **shared(workspace)).run
        @out.puts (@options[:format] == "json") ? JSON.pretty_generate(minimal.to_h) : minimal.to_s
      end

      def workload
        after = @options[:after] || (@options[:requests].any? ? "requests" : "boot")
        Experiment::Workload.new(after: after, paths: @options[:requests], **@options.slice(:count, :idle))
      end

      def options
        parser("prove [NAME…] [options]") do |parser|
          figures_options(parser)
          parser.on("--minimal", "print the smallest config/memtrim.yml that the app boots with") { @options[:minimal] = true }
          parser.on("--check COMMAND", "…and with which this command passes (\"bin/rails test\")") { |command| @options[:check] = command }
          parser.separator ""
          parser.on("--setting NAME=VALUE", "also prove a Rails setting (\"eager_load=false\")") { |text| (@options[:settings] ||= []) << text }
          parser.on("--variable NAME=VALUE", "also prove an environment variable") { |text| (@options[:variables] ||= []) << text }
          parser.on("--preload LIBRARY", "also prove a preloaded library, as an allocator") { |file| (@options[:preload] ||= []) << file }
          parser.on("--revision REF", "also prove another git revision of the app") { |ref| (@options[:revisions] ||= []) << ref }
          parser.on("--checkout DIR", "also prove another checkout of the app") { |dir| (@options[:checkouts] ||= []) << File.expand_path(dir) }
          parser.separator ""
          parser.on("--after STAGE", Experiment::Workload::STAGES, "measure after the #{Experiment::Workload::STAGES.join(", ")} (default: boot)") { |stage| @options[:after] = stage }
          parser.on("--command COMMAND", "…or at the end of this program (\"bin/rails runner Foo.bar\")") { |command| @options[:command] = command }
          parser.on("--requests PATHS", Array, "what to GET (default: /up, else /)") { |paths| @options[:requests] = paths }
          parser.on("--count N", Integer, "so many requests of each path (default: 20)") { |count| @options[:count] = count }
          parser.on("--idle SECONDS", Float, "how long to idle (default: 30)") { |seconds| @options[:idle] = seconds }
          parser.separator ""
          app_options(parser)
          trial_options(parser)
          format_option(parser)
        end
      end
    end
  end
end
