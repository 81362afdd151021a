# frozen_string_literal: true

require "json"
require_relative "../clock"
require_relative "../boot"
require_relative "../native"
require_relative "candidates"
require_relative "runner"
require_relative "variant"

module ShowcaseMemtrim
  module Experiment
    # What leaving things out of an app saves: each alone, then those that hold each other in, then all at once.
    class Proof
      # Seconds that the trials of resident memory have in any case.
      LEAST = 30

      # @param names [Array<String>] only these; none: every candidate
      # @param changes [Array<Variant>] more ways to boot, beside what is left out
      # @param command [String, nil] measured at its end, in place of the boot
      # @param resident [Boolean] also what it gains in resident memory, which takes many trials
      # @param seconds [Numeric] for all of it: the trials of resident memory have what the others leave, or LEAST
      # @param options [Hash] of every trial, as Trial takes them
      def initialize(workspace, names: [], changes: [], command: nil, resident: true, seconds: 450, store: nil, progress: Progress.new(nil), jobs: nil, plan: {}, **options)
        @workspace = workspace
        @names = names
        @changes = changes
        @command = command
        @resident = resident
        @seconds = seconds
        @progress = progress
        @options = options
        @store = store
        @jobs = jobs
        @notes = command ? ["measured at the end of `#{command}`"] : []
        @trials = Trials.new(JSON.generate(plan))
      end

      # @return [Proof] itself, measured
      # @raise [Error] when the app does not boot, or does not always
      def run
        @started = Clock.now
        @candidates = Candidates.of(@workspace, **@options)
        @candidates.check(@names)
        @runner = Runner.new(@workspace, @trials, store: @store, progress: @progress, jobs: @jobs, timeout: @candidates.patience, **@options)
        @recording = record
        add_variants
        @runner.run("held")
        add_sets
        add_together
        prove_resident if @resident
        self
      end

      # @param format [String] text or json
      def render(format, width)
        header = {
          app: File.basename(@workspace.app), environment: @candidates.environment, after: @command ? "command" : @options.fetch(:workload, Workload.new).after,
          seconds: (Clock.now - @started).round(1), notes: @notes
        }
        @trials.render(format, width, JSON.generate(header))
      end

      private

      def names
        @names.any? ? @names : @candidates.names
      end

      def add_variants
        @runner.add(Variant.base(command: @command))
        @singles = names.to_h { |name| [name, @runner.add(variant(@candidates.kind(name), [name]))] }
        @changes.each { |change| @runner.add(change.dup.tap { |same| same.command = @command }) }
      end

      # What can go by itself: the sets of others would say no more than that.
      def going
        @singles.select { |_, index| @trials.boots?(index) }.keys
      end

      # The smaller ones first: what fails without some fails without more.
      def add_sets
        @failing = []
        return if @names.any?
        @recording.sets(going).group_by(&:size).sort.each do |_, sets|
          added = sets.reject { |members| @failing.any? { |fewer| (fewer - members).empty? } }.to_h { |members| [members, @runner.add(variant("set", members))] }
          @runner.run("held") if added.any?
          @failing += added.reject { |_, index| @trials.boots?(index) }.keys
        end
      end

      def variant(kind, members, together: false)
        Variant.new(
          name: together ? "together" : members.join(" + "), kind: kind, leave_out: members.to_h { |name| [name, []] },
          predicted_bytes: predict(members), together: together, command: @command
        )
      end

      # All that boots alone, at once. What is then missed is looked for, and stays.
      def add_together
        return if going.size < 2
        gone = Search.new(going, at_once: @runner.jobs) { |sets| boot?(sets) }.largest(needed: @failing.map { |members| members.min_by { |name| predict([name]) || 0 } }.uniq)
        kept = going - gone
        @notes << "at once, #{kept.join(" and ")} can't go: #{@last_error}" if kept.any?
        return if gone.size < 2
        @runner.add(variant("set", gone, together: true))
        @runner.run("held")
      end

      def boot?(sets)
        @runner.try(sets.map { |left_out| variant("set", left_out) }).map do |trial|
          @last_error = trial.values_at(:error, :line).compact.join(", in ") if trial[:error]
          !trial.key?(:error)
        end
      end

      def prove_resident
        @runner.run("resident", seconds: [@seconds - (Clock.now - @started), LEAST].max)
        @notes << "no interval (-): too few boots of it in the time; --minutes gives more" if @singles.values.any? { |index| interval_missing?(index) }
      end

      def interval_missing?(index)
        @trials.boots?(index) && JSON.parse(@trials.summary(index))["anon_interval"].nil?
      end

      # One recorded boot of the app as it is, for what to expect.
      def record
        Dir.mktmpdir("memtrim") do |dir|
          file = File.join(dir, "boot.memtrim")
          Boot.new(
            app: @workspace.directory, gemfile: @workspace.gemfile, env: @options.fetch(:env, "production"), timeout: @options.fetch(:timeout, @candidates.patience),
            variables: @workspace.variables, progress: @progress
          ).record(file)
          Recording.open(file)
        end
      end

      def predict(members)
        @recording.removable(members) unless @command # it was the boot that was recorded
      rescue ArgumentError
        nil # the recording does not know a railtie that no rails/all names
      end
    end
  end
end
