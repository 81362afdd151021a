# frozen_string_literal: true

require_relative "candidates"
require_relative "deferrals"
require_relative "runner"
require_relative "variant"

module ShowcaseMemtrim
  module Experiment
    # What becomes of an app without each of its gems and railties: one boot for each.
    class WithoutEach
      # boots: whether the app boots without it; error and line: why not. safe, harmless, reasons, constants: of a gem, as
      # Deferral has them. without: of a railtie, those that bring it in: left out with it. held_saved_bytes: nil: not known.
      Outcome = Struct.new(:kind, :boots, :error, :safe, :harmless, :reasons, :constants, :without, :held_saved_bytes, keyword_init: true)

      # @return [Candidates]
      attr_reader :candidates

      # @param options [Hash] of every trial, as Trial takes them
      def initialize(workspace, progress: Progress.new(nil), jobs: nil, **options)
        @workspace = workspace
        @candidates = Candidates.of(workspace, **options)
        @runner = Runner.new(workspace, Trials.new("{}"), progress: progress, jobs: jobs, timeout: options[:timeout] || @candidates.patience, **options.except(:timeout))
      end

      # @param gems [Array<String>] that Bundler requires
      # @return [Hash{String => Deferral}]
      def deferrals(gems)
        Deferrals.new(@workspace, @candidates) { |sets| boot(sets) }.of(gems)
      end

      # @return [Hash{String => Outcome}] of all gems that Bundler requires, and of the railties of the app's list
      def to_h
        gems.merge(railties)
      end

      # @param sets [Array<Array<String>>] of gems
      # @return [Array<Boolean>] whether the app boots with all of a set deferred
      def boots?(sets)
        boot(sets, details: []).map { |outcome| !outcome.key?(:error) }
      end

      private

      def boot(sets, details: [:shape])
        variants = sets.map { |names| Variant.new(name: names.join(" + "), kind: "set", leave_out: names.to_h { |name| [name, @candidates.gems.fetch(name, [])] }) }
        @runner.try(variants, details: details)
      end

      def gems
        names = @candidates.gems.keys - ["showcase_memtrim"]
        deferrals(names).transform_values do |deferral|
          refused = deferral.reasons.find { |reason| reason.kind == :boot }
          Outcome.new(
            kind: "gem", boots: refused.nil?, error: refused&.what, safe: deferral.safe?, harmless: deferral.harmless?, reasons: deferral.reasons.map(&:to_h),
            constants: deferral.constants, held_saved_bytes: deferral.held_saved_bytes
          )
        end
      end

      def railties
        names = @candidates.railties
        sets = names.map { |name| [name, *bringing(name)] }
        base, *outcomes = boot([[], *sets], details: [])
        names.zip(sets, outcomes).to_h do |name, (_, *others), outcome|
          held, without = base.dig(:figures, :held_bytes), outcome.dig(:figures, :held_bytes)
          [name, Outcome.new(kind: "railtie", boots: !outcome.key?(:error), error: outcome[:error], without: others, reasons: [], held_saved_bytes: (held - without if held && without))]
        end
      end

      # All that have to go for a railtie to go.
      def bringing(name)
        @candidates.railties.select { |other| other != name && @candidates.brought_by([other]).key?(name) }
      end
    end
  end
end
