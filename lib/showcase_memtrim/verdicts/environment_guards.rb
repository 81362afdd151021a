# frozen_string_literal: true

require_relative "../uses/parser"

ShowcaseMemtrim::Uses::Parser.load

module ShowcaseMemtrim
  module Verdicts
    # What a gem's files do while they are loaded only where an environment variable says so: an agent that is asleep in
    # this boot, and awake on the machine that has its key.
    class EnvironmentGuards
      # What only sets the gem itself up.
      HARMLESS = %i[freeze fetch to_s to_i to_sym puts warn p].freeze

      # @param files [Array<String>] of Ruby, loaded
      # @return [Array] file and line of the first; nil: there is none
      def self.first(files)
        files.each do |file|
          text = File.binread(file)
          next unless text.match?(/\bENV\b/n)
          parsed = Prism.parse(text)
          node = new.find(parsed.value) if parsed.success?
          return [file, node.location.start_line] if node
        rescue SystemCallError
          next
        end
        nil
      end

      # @return [Prism::Node, nil] the condition
      def find(node)
        case node
        when Prism::DefNode then return # it is called by somebody, who is known
        when Prism::IfNode, Prism::UnlessNode
          other = node.is_a?(Prism::IfNode) ? node.subsequent : node.else_clause
          return node if environment?(node.predicate) && (acts?(node.statements) || acts?(other))
        when Prism::AndNode then return node if environment?(node.left) && acts?(node.right)
        end
        node.compact_child_nodes.each { |child| (found = find(child)) && (return found) }
        nil
      end

      private

      def environment?(node)
        return true if node.is_a?(Prism::ConstantReadNode) && node.name == :ENV
        node.compact_child_nodes.any? { |child| environment?(child) }
      end

      # It calls something that may start something.
      def acts?(node)
        return false if node.nil? || node.is_a?(Prism::DefNode)
        return true if node.is_a?(Prism::CallNode) && !HARMLESS.include?(node.name) && !operator?(node) && (node.receiver.nil? || constant?(node.receiver) || node.block) && !of_environment?(node)
        node.compact_child_nodes.any? { |child| acts?(child) }
      end

      # `ENV.fetch`
      def of_environment?(node)
        node.receiver.is_a?(Prism::ConstantReadNode) && node.receiver.name == :ENV
      end

      # An operator, or a setting: of somebody else's, LoadEffects tells.
      def operator?(node)
        !node.name.match?(/\A[a-z_]/i) || node.name.end_with?("=")
      end

      def constant?(node)
        node.is_a?(Prism::ConstantReadNode) || node.is_a?(Prism::ConstantPathNode)
      end
    end
  end
end
