# frozen_string_literal: true

require_relative "command"
require_relative "guarding"

module ShowcaseMemtrim
  module Commands
    # `memtrim diff A [B]`
    class Diff < Command
      include Guarding

      FORMATS = %w[text json markdown github].freeze
      WORKING_TREE = "."

      def run(arguments)
        options.permute!(arguments)
        return 0 if @help
        raise Error, "diff what? memtrim diff main compares a git revision with the working tree; memtrim diff A B two of them, or two recordings" unless arguments.size.between?(1, 2)
        check_output
        before, after = [*arguments, WORKING_TREE].take(2)
        changes = changes(before, after)
        emit(changes.call(@options[:format])) { changes.call("markdown") }
        0
      end

      private

      # @return [Proc] format → text
      def changes(before, after)
        check_platform("booting for a diff") unless [before, after].all? { |side| recording?(side) }
        boots = [before, after].map { |side| boot_of(side) }
        ->(format) { refusing { boots.first.changes(boots.last, [name(before), name(after)], format, width) } }
      end

      # A file wins over a revision of that name.
      def recording?(side)
        File.file?(side)
      end

      def name(side)
        (side == WORKING_TREE) ? "working tree" : side
      end

      # Both in copies of the app, so that they differ in nothing else.
      #
      # @return [Recording]
      def boot_of(side)
        return open_recording(side) if recording?(side)
        raise Error, "#{side} is a directory; a diff is of recordings, or of git revisions of --app" if side != WORKING_TREE && File.directory?(side)
        Experiment::Workspace.open(app: @options[:app], revision: (side unless side == WORKING_TREE)) { |workspace| booted(workspace, side) }
      end

      def booted(workspace, side)
        note "#{name(side)}:"
        record_in(workspace)
      rescue Error => error
        raise Error, "#{name(side)}: #{error.message.gsub(workspace.directory, workspace.app)}"
      end

      def options
        parser("diff A [B] [options]") do |parser|
          parser.separator "  A and B: recordings, or git revisions of the app; without B: its working tree"
          guard_options(parser)
          format_option(parser, FORMATS)
          output_option(parser)
        end
      end
    end
  end
end
