# frozen_string_literal: true

require_relative "../uses/parser"

ShowcaseMemtrim::Uses::Parser.load

module ShowcaseMemtrim
  module Verdicts
    # Constants that are looked up by a name which is made at run time: which ones that may be.
    class RunTimeNames
      LOOKUPS = %i[constantize safe_constantize const_get qualified_const_get].freeze
      CHANGES = %i[camelize classify to_s strip singularize capitalize presence].freeze
      TESTS = %r{\A(?:test|spec|features)/|/(?:test|spec)/}

      # @param unknowns [Array] of Uses::Reading: file, line, text
      def initialize(unknowns)
        @lookups = unknowns.reject { |file, _, _| file.match?(TESTS) }.filter_map do |place|
          call = call(place.last)
          [place, pattern(call)] if call && LOOKUPS.include?(call.name)
        end
      end

      # @param constants [Array<String>] full names
      # @return [Array] file, line and text of those whose literal parts fit one of these, or one below it
      def fitting(constants)
        @lookups.filter_map { |place, pattern| place if pattern.is_a?(Regexp) && constants.any? { |constant| pattern.match?(constant) } }
      end

      # @return [Array] file, line and text of all of them
      def places
        @lookups.map(&:first)
      end

      # @return [Array] file, line and text of those that may be any
      def any
        @lookups.filter_map { |place, pattern| place if pattern == :any }
      end

      private

      def call(text)
        node = Prism.parse(text).value.statements.body.first
        node if node.is_a?(Prism::CallNode)
      end

      # A setting's values stand in the source: `Billing.config.owner_class.constantize`.
      def pattern(call)
        name = LOOKUPS.last(2).include?(call.name) ? call.arguments&.arguments&.first : call.receiver
        made = unchanged(name)
        return literal(made, made != name) if made.is_a?(Prism::InterpolatedStringNode)
        setting?(name) ? :known : :any
      end

      # @return [Prism::Node] what a chain of changes begins with
      def unchanged(node)
        node = node.receiver while node.is_a?(Prism::CallNode) && node.receiver && node.arguments.nil? && CHANGES.include?(node.name)
        node
      end

      def literal(node, changed)
        parts = node.parts.map { |part|
          if part.is_a?(Prism::StringNode)
            Regexp.escape(changed ? camelize(part.unescaped) : part.unescaped)
          else
            ".*"
          end
        }
        parts.all?(".*") ? :any : /\A(?:::)?#{parts.join}(?:\z|::)/
      end

      def camelize(text)
        text.gsub(%r{(?:\A|_|/)([a-z])}) { $1.upcase }.delete("_")
      end

      def setting?(node)
        return false unless node.is_a?(Prism::CallNode) && node.arguments.nil? && node.block.nil?
        receiver = node.receiver
        receiver.is_a?(Prism::ConstantReadNode) || receiver.is_a?(Prism::ConstantPathNode) || setting?(receiver)
      end
    end
  end
end
