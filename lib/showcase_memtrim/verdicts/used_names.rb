# frozen_string_literal: true

require_relative "../kinds"
require_relative "../uses"

module ShowcaseMemtrim
  module Verdicts
    # Whether an app uses what a gem gives to it without being asked: methods, types, tasks.
    module UsedNames
      # Ways to use something by its name.
      HOWS = %i[method symbol template view constant string guard executable].freeze
      METHODS = %i[method mixin rails_method].freeze
      TASKS = %i[task].freeze
      CONSTANTS = %i[constant].freeze

      class << self
        # @param names [Array<String>] as Kinds.used_as has them
        # @param uses [Array<Uses::Use>] of one offer
        def any?(names, uses)
          plain = names.map { |name| Kinds.plain(name) } | names
          uses.any? { |use| HOWS.include?(use.how) && plain.include?(use.what.to_s.delete_prefix(":")) }
        end

        # @param outcomes [Hash{String => Experiment::WithoutEach::Outcome}] of gems
        # @param directory [String] the app's
        # @return [Array<String>] those that can wait for their first use: nothing speaks against it, or nothing that the app
        #   uses
        def can_wait(outcomes, directory:, env:)
          safe, others = outcomes.select { |_, outcome| outcome.kind == "gem" && outcome.harmless && outcome.constants.any? }.partition { |_, outcome| outcome.safe }
          offers = others.map { |name, outcome| offer(name, outcome.reasons) }
          uses = offers.empty? ? {} : Uses.read(directory, offers, env: env).uses.group_by(&:name)
          (safe + others.reject { |name, outcome| any?(outcome.reasons.flat_map { |reason| reason[:names].to_a }, uses.fetch(name, [])) }).map(&:first)
        end

        # @return [Uses::Offer] of what reasons name
        def offer(name, reasons)
          by = ->(kinds) { reasons.select { |reason| kinds.include?(reason[:kind]) }.flat_map { |reason| reason[:names].to_a } }
          types = reasons.map { |reason| reason[:kind] } - METHODS - TASKS - CONSTANTS
          Uses::Offer.new(name: name, kind: :gem, methods: by.call(METHODS), executables: by.call(TASKS), constants: by.call(CONSTANTS), symbols: by.call(types))
        end
      end
    end
  end
end
