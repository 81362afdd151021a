# frozen_string_literal: true

require "json"
require_relative "../experiment"

module ShowcaseMemtrim
  class Trim
    # Edits, tried for real: in a copy of the app that has them, which is booted as any app, with nothing left out by us.
    class Attempt
      # @param app [String] the original's directory
      # @param edits [Array<Edit>]
      # @param options [Hash] of every trial, as Trial takes them
      # @yieldparam attempt [Attempt] until the block ends
      def self.open(app, edits, **options)
        Experiment::Workspace.open(app: app) do |workspace|
          edits.each { |edit| edit.put_into(workspace.directory) }
          yield new(workspace, **options)
        end
      end

      private_class_method :new

      def initialize(workspace, **options)
        @workspace = workspace
        @options = options
      end

      # @param check [String, nil] a command that is to pass
      # @return [String, nil] nil: it works; else what broke
      def failure(check)
        @trial = Experiment::Trial.new(@workspace, Experiment::Variant.base, counted: true, details: [:loaded], **@options).run
        return "the boot fails: #{@trial[:error]}#{" (#{@trial[:line]})" if @trial[:line]}" if @trial[:error]
        failure = check && Experiment::Check.new(@workspace, check).failure({})
        failure && "the check fails: #{failure}"
      end

      # @return [Array<String>] of the booted app: gems and railties of which something is loaded
      def loaded
        @trial.dig(:details, :loaded)
      end

      # What the edits save, measured.
      #
      # @param original [Experiment::Workspace] the app without them
      # @param seconds [Numeric, nil] for resident memory; nil: held bytes only
      # @raise [Error] when the app boots only sometimes
      def saving(original, seconds:, progress:, jobs:)
        trials = Trials.new("{}")
        runner = Experiment::Runner.new(original, trials, progress: progress, jobs: jobs, **@options)
        runner.add(Experiment::Variant.base)
        edited = runner.add(Experiment::Variant.new(name: "trimmed", kind: "checkout", workspace: @workspace))
        runner.run("held")
        runner.run("resident", seconds: seconds) if seconds && trials.boots?(edited)
        raise Error, "nothing can be trimmed: with the edited files, the app boots only sometimes" unless trials.boots?(edited)
        JSON.parse(trials.summary(edited))
      end
    end
  end
end
