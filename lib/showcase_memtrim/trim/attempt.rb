# frozen_string_literal: true

require "json"
require_relative "../experiment"

module ShowcaseMemtrim
  class Trim
    # Edits, tried for real: in a copy of the app that has them, which is booted as any app, with nothing left out by us.
    #
    # In all environments in which the app boots without them, since what is only told in production stops the boot in
    # development.
    class Attempt
      ENVIRONMENTS = %w[production development test].freeze

      # @param original [Experiment::Workspace] of the app without the edits
      # @param edits [Array<Edit>]
      # @param options [Hash] of every trial, as Trial takes them
      # @yieldparam attempt [Attempt] until the block ends
      def self.open(original, edits, **options)
        Experiment::Workspace.open(app: original.app) do |workspace|
          edits.each { |edit| edit.put_into(workspace.directory) }
          yield new(original, workspace, **options)
        end
      end

      private_class_method :new

      def initialize(original, workspace, **options)
        @original = original
        @workspace = workspace
        @options = options
      end

      # @param check [String, nil] a command that is to pass
      # @return [String, nil] nil: it works; else what broke
      def failure(check)
        boot_failure || failure_elsewhere || check_failure(check)
      end

      # One boot, which fills Bootsnap's cache, too.
      #
      # @return [String, nil] nil: it boots; else what broke
      def boot_failure
        @trial = boot(@workspace)
        broken(@trial) if @trial[:error]
      end

      # @return [Array<String>] of the booted app: gems and railties of which something is loaded
      def loaded
        @trial.dig(:details, :loaded)
      end

      # What the edits save, measured.
      #
      # @param seconds [Numeric, nil] for resident memory; nil: held bytes only
      # @raise [Error] when the app boots only sometimes
      def saving(seconds:, progress:, jobs:)
        trials = Trials.new("{}")
        runner = Experiment::Runner.new(@original, trials, progress: progress, jobs: jobs, **@options)
        runner.add(Experiment::Variant.base)
        edited = runner.add(Experiment::Variant.new(name: "trimmed", kind: "checkout", workspace: @workspace))
        runner.run("held")
        runner.run("resident", seconds: seconds) if seconds && trials.boots?(edited)
        raise Error, "nothing can be trimmed: with the edited files, the app boots only sometimes" unless trials.boots?(edited)
        JSON.parse(trials.summary(edited))
      end

      private

      def failure_elsewhere
        (ENVIRONMENTS - [@options.fetch(:env, ENVIRONMENTS.first)]).each do |env|
          trial = boot(@workspace, env: env)
          return "in #{env}, #{broken(trial)}" if trial[:error] && !boot(@original, env: env)[:error]
        end
        nil
      end

      def check_failure(check)
        failure = check && Experiment::Check.new(@workspace, check).failure({})
        failure && "the check fails: #{failure}"
      end

      def boot(workspace, **options)
        Experiment::Trial.new(workspace, Experiment::Variant.base, counted: true, details: [:loaded], **@options, **options).run
      end

      def broken(trial)
        "the boot fails: #{trial[:error]}#{" (#{trial[:line]})" if trial[:line]}"
      end
    end
  end
end
