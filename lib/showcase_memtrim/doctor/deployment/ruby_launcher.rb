# frozen_string_literal: true

require "shellwords"
require_relative "../../uses/parser"
require_relative "environment"

ShowcaseMemtrim::Uses::Parser.load

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # A Ruby program that ends with `exec`: what it puts in its place, as far as that is literal.
      class RubyLauncher
        # @return [Array<String>, nil] the words of the last `exec` that is surely reached; nil: none
        attr_reader :argv
        # @return [Integer, nil] its line
        attr_reader :line
        # @return [Array<Variable>] that it sets: ENV["X"] = "literal", and those given to exec
        attr_reader :variables

        # @param text [String]
        # @param file [String] for places
        def initialize(text, file)
          @file = file
          @variables = []
          tree, problem = Uses::Parser.parse(text)
          tree.statements.body.each { |statement| take(statement) } unless problem
        end

        private

        def take(node)
          case node
          when Prism::CallNode
            return set(node) if node.name == :[]= && node.receiver&.slice == "ENV"
            return replace(node) if node.name == :exec && (node.receiver.nil? || node.receiver.slice == "Kernel")
            node.block.body&.body&.each { |statement| take(statement) } if node.name == :chdir && node.block.is_a?(Prism::BlockNode) && node.block.body.is_a?(Prism::StatementsNode)
          when Prism::IndexOrWriteNode then set(node, sure: false) if node.receiver&.slice == "ENV"
          else perhaps(node)
          end
        end

        # In a branch or a block: set perhaps.
        def perhaps(node)
          return if node.is_a?(Prism::DefNode) || node.is_a?(Prism::ClassNode) || node.is_a?(Prism::ModuleNode)
          set(node, sure: false) if node.is_a?(Prism::CallNode) && node.name == :[]= && node.receiver&.slice == "ENV"
          node.compact_child_nodes.each { |child| perhaps(child) }
        end

        def set(node, sure: true)
          name = node.arguments&.arguments&.first
          value = node.is_a?(Prism::CallNode) ? node.arguments.arguments.last : node.value
          add(name.unescaped, value, sure) if name.is_a?(Prism::StringNode)
        end

        def add(name, value, sure = true)
          literal = value.unescaped if value.is_a?(Prism::StringNode)
          @variables << Variable.new(name: name, value: literal, text: value.slice, file: @file, line: value.location.start_line, sure: sure && !literal.nil?)
        end

        def replace(node)
          given = node.arguments&.arguments || []
          given.grep(Prism::HashNode).flat_map(&:elements).grep(Prism::AssocNode).each { |pair| add(pair.key.unescaped, pair.value) if pair.key.is_a?(Prism::StringNode) }
          words = given.reject { |argument| argument.is_a?(Prism::HashNode) || argument.is_a?(Prism::KeywordHashNode) }
          return unless words.any? && words.first.is_a?(Prism::StringNode)
          words = words.map { |word| word.is_a?(Prism::StringNode) ? word.unescaped : word.slice }
          @argv = (words.size == 1) ? Shellwords.split(words.first) : words
          @line = node.location.start_line
        rescue ArgumentError
          nil
        end
      end
    end
  end
end
