# frozen_string_literal: true

require_relative "command"
require_relative "experiments"
require_relative "../trim"

module ShowcaseMemtrim
  module Commands
    # `memtrim trim`
    class Trim < Command
      include Experiments

      def run(arguments)
        options.permute!(arguments)
        return 0 if @help
        raise Error, "trim takes no #{arguments.first}: --railties and --defer name what is to go" if arguments.any?
        @options[:undo] ? undo : trim
        0
      end

      private

      def undo
        others = @options.slice(:write, :railties, :defer, :check).keys
        raise Error, "--undo takes back what was written: it goes with no --#{others.first}" if others.any?
        App.new(@options[:app]).check
        paths = ShowcaseMemtrim::Trim::Written.new(@options[:app]).undo
        @err.puts "memtrim: as before: #{paths.join(" and ")}"
      end

      def trim
        check_platform("trimming")
        in_workspace do |workspace|
          @trim = ShowcaseMemtrim::Trim.new(workspace, **@options.slice(:railties, :defer, :check), **shared(workspace)).run
          ShowcaseMemtrim::Trim::Written.new(workspace.app).write(@trim.edits) if write?
        end
        tell
      end

      def write?
        @options[:write] && @trim.edits.any?
      end

      def tell
        @trim.left_alone.each { |each| note "#{each.name} is left alone: #{each.why}" }
        note saved if @trim.edits.any?
        note outcome
        return @out.puts(JSON.pretty_generate(@trim.to_h(written: write? || false))) if @options[:format] == "json"
        @trim.edits.each { |edit| @out.print edit.diff }
      end

      def saved
        saving = @trim.saving
        text = "saves #{mib(saving["held_saved_bytes"])} MiB held"
        low, high = saving["anon_interval"]
        low ? "#{text}, #{mib(saving["anon_saved_bytes"])} MiB anon (95 %: #{mib(low)} to #{mib(high)})" : text
      end

      def outcome
        return "nothing to trim" if @trim.edits.empty?
        return "nothing written; --write does" unless @options[:write]
        "written: #{@trim.edits.map(&:path).join(" and ")}; `memtrim trim --undo` takes it back"
      end

      def options
        parser("trim [options]") do |parser|
          parser.on("--railties NAMES", Array, "the railties to have (\"active_record/railtie,action_controller/railtie\")") { |names| @options[:railties] = names }
          parser.on("--defer GEMS", Array, "the gems to defer; without --railties and --defer: whatever can go") { |names| @options[:defer] = names }
          parser.on("--check COMMAND", "only what this command passes with (\"bin/rails test\")") { |command| @options[:check] = command }
          parser.on("--write", "write the files (default: show what would change)") { @options[:write] = true }
          parser.on("--undo", "take the last --write back") { @options[:undo] = true }
          parser.separator ""
          figures_options(parser)
          app_options(parser)
          trial_options(parser)
          format_option(parser)
        end
      end
    end
  end
end
