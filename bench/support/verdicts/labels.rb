# frozen_string_literal: true

require "yaml"

module Verdicts
  # What is true of one gem or railtie of an app, as a person found out: see labels.yml.
  Label = Struct.new(:name, :best, :also, :evidence, :confidence, :spare, :why, keyword_init: true) do
    # @return [Boolean]
    def railtie?
      name.include?("/")
    end

    # @return [Boolean] whether its line could be deleted, or moved into another group, and nobody would notice
    def unused?
      best == "remove" || best == "move"
    end

    # @return [Boolean] whether something else loads it anyway: then it is in use, and its line is not needed
    def spare?
      spare == true
    end

    # @param verdict [String] keep, defer, remove, move, unknown
    def accepts?(verdict)
      best == "any" || [best, *also].include?(verdict)
    end
  end

  # The hand-labelled table.
  module Labels
    FILE = File.join(__dir__, "labels.yml")
    VERDICTS = %w[keep defer remove move unknown any].freeze
    KEYS = %w[best also evidence confidence spare why].freeze

    class << self
      # @return [Array<String>] apps
      def apps
        table.keys
      end

      # @return [Hash{String => Label}] by the gem's or railtie's name
      # @raise [KeyError] there is no such app
      def of(app)
        table.fetch(app).to_h { |name, label| [name, label(app, name, label)] }
      end

      private

      def table
        @table ||= YAML.safe_load_file(FILE)
      end

      def label(app, name, label)
        also = Array(label["also"])
        unknown = [*(label.keys - KEYS), *([label["best"], *also] - VERDICTS)]
        raise ArgumentError, "#{FILE}: #{app}, #{name}: #{unknown.join(", ")}?" if unknown.any?
        Label.new(name: name, best: label.fetch("best"), also: also, evidence: label["evidence"], confidence: label["confidence"], spare: label["spare"], why: label.fetch("why"))
      end
    end
  end
end
