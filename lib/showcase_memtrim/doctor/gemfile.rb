# frozen_string_literal: true

require_relative "ruby/script"

module ShowcaseMemtrim
  class Doctor
    # The gems that a Gemfile names literally, with their groups.
    class Gemfile
      # groups: names; ["default"] outside of all. required: whether Bundler.require requires it. line: from 1. certain: false:
      # it stands below a condition.
      Entry = Struct.new(:name, :groups, :required, :file, :line, :certain, keyword_init: true)

      # @return [Array<Entry>]
      attr_reader :entries

      # @param path [String] absolute
      # @param root [String] the app's directory
      def initialize(path, root)
        @root = root
        @entries = []
        @file = path.delete_prefix("#{root}/")
        visit(Script.parse(path, @file), [], true) if File.file?(path)
      end

      # @return [Entry, nil]
      def [](name)
        @entries.find { |entry| entry.name == name }
      end

      private

      def visit(node, groups, certain)
        case node
        when Prism::CallNode then call(node, groups, certain)
        when Prism::IfNode, Prism::UnlessNode, Prism::CaseNode, Prism::RescueNode then children(node, groups, false)
        else children(node, groups, certain)
        end
      end

      def children(node, groups, certain)
        node.compact_child_nodes.each { |child| visit(child, groups, certain) }
      end

      def call(node, groups, certain)
        arguments = node.arguments&.arguments || []
        case (node.name if node.receiver.nil?)
        when :gem then entry(node, arguments, groups, certain)
        when :group, :groups then children(node.block, groups + words(arguments.grep_v(Prism::KeywordHashNode)), certain) if node.block
        when :platforms, :platform, :install_if, :env then children(node.block, groups, false) if node.block
        else children(node, groups, certain)
        end
      end

      def entry(node, arguments, groups, certain)
        name = arguments.first
        return unless name.is_a?(Prism::StringNode)
        options = options(arguments.last)
        own = words([options["group"], options["groups"]].compact)
        all = groups + own
        conditional = %w[platforms platform install_if env].any? { |key| options.key?(key) }
        @entries << Entry.new(
          name: name.unescaped, groups: all.empty? ? ["default"] : all, required: required?(options["require"]), file: @file, line: node.location.start_line,
          certain: certain && !conditional
        )
      end

      # `require: false` and `require: []`
      def required?(node)
        !(node.is_a?(Prism::FalseNode) || (node.is_a?(Prism::ArrayNode) && node.elements.empty?))
      end

      def options(node)
        return {} unless node.is_a?(Prism::KeywordHashNode) || node.is_a?(Prism::HashNode)
        node.elements.grep(Prism::AssocNode).to_h { |pair| [pair.key.respond_to?(:unescaped) ? pair.key.unescaped : pair.key.slice, pair.value] }
      end

      def words(nodes)
        nodes.flat_map do |node|
          next words(node.elements) if node.is_a?(Prism::ArrayNode)
          node.respond_to?(:unescaped) ? [node.unescaped] : []
        end
      end
    end
  end
end
