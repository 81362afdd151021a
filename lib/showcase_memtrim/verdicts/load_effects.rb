# frozen_string_literal: true

require_relative "../uses/parser"
require_relative "../kinds"

ShowcaseMemtrim::Uses::Parser.load

module ShowcaseMemtrim
  module Verdicts
    # What a gem's files do to others while they are loaded: a setting of somebody else's, an entry in a registry. Nobody
    # names the gem for it, and a booted app does not show it.
    class LoadEffects
      # Their effects are known of a booted app, or there are none.
      KNOWN = %i[include extend prepend send public_send on_load run_load_hooks require require_relative autoload load load_path warn new freeze private_constant module_function
        deprecate_constant setup eager_load! at_exit trap].freeze
      # How a registration looks that a booted app shows.
      REGISTRATIONS = Kinds::ALL.values.filter_map { |(_, pattern)| pattern && Regexp.new(pattern.source.gsub(/\.\*\\b\{\}\\b|\{\}/, "")) }.freeze
      OPERATORS = [Prism::CallOperatorWriteNode, Prism::CallOrWriteNode, Prism::CallAndWriteNode].freeze

      # @param files [Array<String>] of Ruby, loaded
      # @param own [Array<String>] full names of the gem's constants
      # @param others [Array<String>] top-level ones that are somebody else's
      # @return [Array, nil] file, line, and the line's text
      def self.first(files, own, others)
        effects = new(own, others)
        files.each do |file|
          parsed = Prism.parse_file(file)
          node = effects.find(parsed.value.statements) if parsed.success?
          return [file, node.location.start_line, node.slice.lines.first.strip] if node
        rescue SystemCallError
          next
        end
        nil
      end

      def initialize(own, others)
        @own = own
        @others = others.to_h { |name| [name, true] }
      end

      # @return [Prism::Node, nil] a statement that is run when the file is loaded
      def find(node)
        case node
        when nil then nil
        when Prism::StatementsNode then node.body.each { |statement| (found = find(statement)) && (return found) } && nil
        when Prism::ModuleNode, Prism::ClassNode then find(node.body)
        when Prism::BeginNode, Prism::ParenthesesNode then find(node.is_a?(Prism::BeginNode) ? node.statements : node.body)
        when Prism::IfNode then find(node.statements) || find(node.subsequent.is_a?(Prism::ElseNode) ? node.subsequent.statements : node.subsequent)
        when Prism::UnlessNode then find(node.statements)
        when Prism::CallNode then node if effect?(node)
        when *OPERATORS then node if others?(node.receiver) && node.read_name != :load_path
        end
      end

      private

      def effect?(node)
        others?(node.receiver) && !KNOWN.include?(node.name) && !node.receiver.slice.end_with?(".load_path") && REGISTRATIONS.none? { |pattern| pattern.match?(node.slice.lines.first) } && !stdlib?(node)
      end

      # A constant of somebody else's.
      def others?(node)
        return false unless node.is_a?(Prism::ConstantReadNode) || node.is_a?(Prism::ConstantPathNode) || chain?(node)
        path = node.slice.delete_prefix("::")
        @others.key?(path[/\A\w+/]) && @own.none? { |name| "#{path}::".start_with?("#{name}::") || path.start_with?("#{name}.") }
      end

      # `ActionView::Base.field_error_proc`, `Rails.application.config`.
      def chain?(node)
        node.is_a?(Prism::CallNode) && node.arguments.nil? && node.block.nil? && (node.receiver.is_a?(Prism::ConstantReadNode) || node.receiver.is_a?(Prism::ConstantPathNode) || chain?(node.receiver))
      end

      # Of Ruby's library, what sets something counts.
      def stdlib?(node)
        !node.name.end_with?("=") && Object.const_defined?(node.receiver.slice.delete_prefix("::")[/\A\w+/])
      end
    end
  end
end
