# frozen_string_literal: true

require "yaml"
require_relative "variant"
require_relative "workspace"

module ShowcaseMemtrim
  module Experiment
    # Variants that leave nothing out but change how the app is booted, as the command line names them.
    class Changes
      # @param options [Hash] settings, variables (NAME=VALUE each), preload, revisions, checkouts; and the app
      def initialize(options)
        @options = options
      end

      # @return [Array<Variant>] those with a workspace of their own want it closed
      def to_a
        [*settings, *variables, *libraries, *checkouts]
      end

      private

      def settings
        pairs(:settings, /\A[a-z_]+(\.[a-z_]+)*\z/).map do |name, value|
          Variant.new(name: "#{name}=#{value}", kind: "setting", settings: {name => YAML.safe_load(value, permitted_classes: [Symbol])})
        end
      end

      def variables
        pairs(:variables, /\A[A-Za-z_]\w*\z/).map { |name, value| Variant.new(name: "#{name}=#{value}", kind: "variable", variables: {name => value}) }
      end

      def pairs(option, valid)
        @options.fetch(option, []).map do |text|
          name, value = text.split("=", 2)
          raise Error, "--#{option.to_s.delete_suffix("s")} wants NAME=VALUE, not #{text}" unless value && name.match?(valid)
          [name, value]
        end
      end

      def libraries
        @options.fetch(:preload, []).map do |file|
          raise Error, "#{file}: no such library" unless File.file?(file)
          Variant.new(name: File.basename(file), kind: "allocator", preload: [File.expand_path(file)])
        end
      end

      def checkouts
        @options.fetch(:revisions, []).map { |ref| Variant.new(name: ref, kind: "checkout", workspace: Workspace.open(app: @options[:app], revision: ref)) } +
          @options.fetch(:checkouts, []).map { |dir| Variant.new(name: dir, kind: "checkout", workspace: Workspace.open(app: dir)) }
      end
    end
  end
end
