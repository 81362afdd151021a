# frozen_string_literal: true

require_relative "../kinds"
require_relative "../uses"
require_relative "engine_files"

module ShowcaseMemtrim
  module Verdicts
    # Whether an app uses what a gem gives to it without being asked: methods, types, tasks.
    module UsedNames
      # Ways to use something by its name.
      HOWS = %i[method symbol template view constant string guard executable].freeze
      FILES = %i[view asset].freeze
      METHODS = %i[method mixin rails_method].freeze
      TASKS = %i[task].freeze
      CONSTANTS = %i[constant].freeze

      class << self
        # @param names [Array<String>] as Kinds.used_as has them
        # @param uses [Array<Uses::Use>] of one offer
        def any?(names, uses)
          plain = names.map { |name| Kinds.plain(name) } | names
          uses.any? { |use| HOWS.include?(use.how) && plain.include?(use.what.to_s.gsub(/\A[:"'.]+|[:"']+\z/, "")) }
        end

        # @param uses [Array<Uses::Use>] of one offer
        # @return [Boolean] whether some are of an engine's templates, assets or helpers
        def files?(uses)
          uses.any? { |use| FILES.include?(use.how) }
        end

        # @param outcomes [Hash{String => Experiment::WithoutEach::Outcome}] of gems
        # @param bundle [Hash{String => Hash}] gem → directory
        # @param directory [String] the app's
        # @return [Array<String>] those that can wait for their first use: nothing speaks against it, or nothing that the app
        #   uses
        def can_wait(outcomes, bundle, directory:, env:)
          safe, others = outcomes.select { |_, outcome| outcome.kind == "gem" && outcome.harmless && outcome.constants.any? }.partition { |_, outcome| outcome.safe }
          offers = others.map { |name, outcome| offer(name, outcome.reasons, bundle.fetch(name)[:directory]) }
          uses = offers.empty? ? {} : Uses.read(directory, offers, env: env).uses.group_by(&:name)
          (safe + others.reject { |name, outcome| used?(outcome, uses.fetch(name, [])) }).map(&:first)
        end

        private

        def used?(outcome, uses)
          files?(uses) || any?(outcome.reasons.flat_map { |reason| reason[:names].to_a }, uses)
        end

        # @return [Uses::Offer] of what reasons name, and of an engine's files
        def offer(name, reasons, directory)
          by = ->(kinds) { reasons.select { |reason| kinds.include?(reason[:kind]) }.flat_map { |reason| reason[:names].to_a } }
          types = reasons.map { |reason| reason[:kind] } - METHODS - TASKS - CONSTANTS
          engine = EngineFiles.new([directory])
          Uses::Offer.new(
            name: name, kind: :gem, methods: by.call(METHODS) | engine.helpers, executables: by.call(TASKS), constants: by.call(CONSTANTS),
            symbols: by.call(types) + by.call(TASKS), views: engine.views, assets: engine.assets
          )
        end
      end
    end
  end
end
