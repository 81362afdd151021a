# frozen_string_literal: true

require_relative "../clock"
require_relative "../environment"
require_relative "../left_out"

module ShowcaseMemtrim
  module Experiment
    # The user's own proof that an app works (`bin/rails test`), run in a workspace with things left out in every Ruby
    # process that it starts.
    class Check
      # Seconds for the first run, of the app as it is; later ones get some times of what that took.
      LONGEST = 1800
      TIMES = 4

      # @param command [String] for the shell
      def initialize(workspace, command)
        raise Error, "a check can't be run from #{__dir__}: RUBYOPT allows no space in a path; install showcase_memtrim elsewhere" if __dir__.match?(/\s/)
        @workspace = workspace
        @command = command
        @limit = LONGEST
      end

      # @param leave_out [Hash{String => Array<String>}] as LeftOut takes it
      # @return [String, nil] nil: it passed; else what it said
      def failure(leave_out)
        started = Clock.now
        process = Subprocess.start(@command, env: environment(leave_out), chdir: @workspace.directory)
        sleep 0.05 while process.alive? && Clock.now - started < @limit
        return "not done within #{@limit.round} s" if process.alive?
        @limit = [@limit, 30 + TIMES * (Clock.now - started)].min if leave_out.empty?
        why(process) unless process.status.success?
      ensure
        process&.stop
      end

      private

      def environment(leave_out)
        variables = Environment.before_bundler.merge(@workspace.variables)
        leave_out.empty? ? variables : variables.merge(LeftOut.new(leave_out).environment(Environment.clean["RUBYOPT"]))
      end

      # The first error in the output, and where in the app it is; else its last line.
      def why(process)
        lines = process.output(ended: true).lines.map(&:strip).reject(&:empty?)
        error = lines.find { |line| line.match?(/\b[A-Z]\w*(Error|Exception)\b/) } || lines.last || "no output, status #{process.status.exitstatus}"
        error.gsub("#{@workspace.directory}/", "")[0, 200]
      end
    end
  end
end
