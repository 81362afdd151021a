# frozen_string_literal: true

require_relative "../uses/parser"

ShowcaseMemtrim::Uses::Parser.load

module ShowcaseMemtrim
  module Railties
    # Whether a railtie does nothing unasked: its source only mixes modules into others' classes, loads Rake tasks and
    # the like. What the modules give is known of a booted app; whatever else code may do is not, so every form that is
    # not known here counts as doing something.
    class MixingIn
      # Blocks that run in a command of their own.
      LATER = %i[rake_tasks generators console runner].freeze
      MIXES = %i[include extend].freeze
      HOOKS = %i[included extended prepended inherited].freeze
      SAYS = %i[warn puts].freeze
      LOADS = %i[require require_relative load].freeze
      # An engine's directories and files that Rails uses unasked.
      UNASKED = %w[config/initializers config/routes.rb config/routes].freeze
      # Registries of which a booted app shows the entries, to be found by their names.
      REGISTRIES = {register_template_handler: /\bActionView::Template\z/, register: /\b(?:Mime::Type|Type|ConnectionAdapters)\z/, add: /\bActionController::Renderers\z/}.freeze
      # What one may ask before: nothing of the environment.
      QUESTION = /\A(?:!\s*)?(?:defined\?|[\w:]+\.(?:respond_to\?|const_defined\?)|[A-Z][\w:]*\.\w+\?\z|(?:::)?(?:Gem::Version|Rails::VERSION|Rails\.version|RUBY_))/
      # Methods that may call methods: as deep as one reads.
      DEEPEST = 4

      # @param directory [String] the gem's
      def initialize(directory)
        @directory = directory
        @trees = {}
      end

      # @param file [String] absolute, where the thing is defined
      # @param line [Integer] of the class, or of the block
      # @return [Boolean]
      def only?(kind, file, line)
        return false unless file.to_s.start_with?("#{@directory}/") && line && (tree = tree(file))
        case kind
        when :railtie then railtie?(tree, line)
        when :initializer, :hook then block?(tree, line)
        else false
        end
      end

      private

      # @return [Prism::Node, nil] nil: it can't be read
      def tree(file)
        @trees.fetch(file) do
          parsed = Prism.parse_file(file)
          @trees[file] = (parsed.value if parsed.success?)
        end
      rescue SystemCallError
        nil
      end

      def railtie?(tree, line)
        found = nodes(tree).find { |node| node.is_a?(Prism::ClassNode) && node.location.start_line == line } or return false
        return false if engine?(found) && UNASKED.any? { |path| File.exist?(File.join(@directory, path)) }
        return false if enhances_tasks?
        statements(found.body).all? { |statement| of_class?(tree, statement) }
      end

      def engine?(node)
        node.superclass&.slice.to_s.end_with?("Engine")
      end

      # Tasks of its own are missed by whoever calls them; those of others would do less.
      def enhances_tasks?
        sources.each_value.any? { |text| text.match?(/\.enhance\b/) }
      end

      def of_class?(tree, node)
        case node
        when Prism::DefNode, Prism::SingletonClassNode then true
        when Prism::ConstantWriteNode then literal?(node.value)
        when Prism::CallNode
          return true if LATER.include?(node.name) && node.receiver.nil? && node.block
          return mixing?(tree, node.block&.body) if node.name == :initializer && node.receiver.nil? && node.block.is_a?(Prism::BlockNode)
          return true if %i[isolate_namespace railtie_name engine_name].include?(node.name) && node.receiver.nil?
          mixing?(tree, node)
        else mixing?(tree, node)
        end
      end

      def block?(tree, line)
        found = nodes(tree).select { |node| node.is_a?(Prism::BlockNode) && node.location.start_line == line }
        found.any? && found.all? { |block| mixing?(tree, block.body) }
      end

      def mixing?(tree, node, depth = 0)
        return false if depth > DEEPEST
        case node
        when nil then true
        when Prism::StatementsNode, Prism::ParenthesesNode then statements(node).all? { |statement| mixing?(tree, statement, depth) }
        when Prism::ElseNode then mixing?(tree, node.statements, depth)
        when Prism::IfNode, Prism::UnlessNode then guard?(node.predicate) && branches(node).all? { |branch| mixing?(tree, branch, depth) }
        when Prism::CallNode then mixing_call?(tree, node, depth)
        else false
        end
      end

      def mixing_call?(tree, node, depth)
        arguments = node.arguments&.arguments.to_a
        return true if REGISTRIES[node.name]&.match?(node.receiver&.slice.to_s)
        return true if SAYS.include?(node.name) && node.receiver.nil?
        return true if settles?(node)
        return (on_load?(node, arguments) || after?(node)) && mixing?(tree, node.block.body, depth) if node.block
        name, arguments = arguments.first.unescaped.to_sym, arguments.drop(1) if %i[send public_send].include?(node.name) && arguments.first.is_a?(Prism::SymbolNode)
        name ||= node.name
        return constant_or_none?(node.receiver) && arguments.any? && arguments.all? { |argument| constant?(argument) && quiet?(argument) } if MIXES.include?(name)
        return node.receiver.nil? && arguments.all?(Prism::StringNode) if LOADS.include?(name)
        arguments.all? { |argument| constant?(argument) } && constant?(node.receiver) && calls_mixing?(tree, node, depth)
      end

      # Own deprecations, and own namespaces to be loaded with the app's.
      def settles?(node)
        (node.name == :[]= && node.receiver&.slice.to_s.end_with?("deprecators")) || (node.name == :<< && node.receiver&.slice.to_s.end_with?("eager_load_namespaces"))
      end

      def after?(node)
        node.name == :after_initialize && node.receiver&.slice == "config" && node.block.is_a?(Prism::BlockNode)
      end

      def on_load?(node, arguments)
        node.name == :on_load && node.receiver&.slice.to_s.end_with?("ActiveSupport") && node.block.is_a?(Prism::BlockNode) && arguments.first.is_a?(Prism::SymbolNode)
      end

      # A module may do more when it is mixed in.
      def quiet?(constant)
        last = constant.slice[/\w+\z/]
        named = sources.keys.select { |file| sources[file].match?(/\bmodule\s+(?:\w+::)*#{last}\b/) }
        named.all? { |file| (root = tree(file)) && modules(root).none? { |name, body| "::#{name}".end_with?("::#{constant.slice.delete_prefix("::")}") && acts?(body) } }
      end

      def modules(node, owner = nil)
        own = node.is_a?(Prism::ModuleNode) || node.is_a?(Prism::ClassNode)
        name = own ? [owner, node.constant_path.slice].compact.join("::") : owner
        [*([[name, node.body]] if own), *node.compact_child_nodes.flat_map { |child| modules(child, name) }]
      end

      def acts?(body)
        statements(body).any? { |node| (node.is_a?(Prism::DefNode) && HOOKS.include?(node.name)) || (node.is_a?(Prism::CallNode) && HOOKS.include?(node.name) && node.block) }
      end

      # @return [Hash{String => String}] file → text
      def sources
        @sources ||= Dir[File.join(@directory, "lib/**/*.{rb,rake}")].to_h { |file| [file, File.read(file, encoding: "BINARY")] }
      end

      # A method of a constant's own, in the same file.
      def calls_mixing?(tree, node, depth)
        owner = node.receiver.slice[/\w+\z/]
        methods = nodes(tree).select { |each| (each.is_a?(Prism::ClassNode) || each.is_a?(Prism::ModuleNode)) && each.constant_path.slice.end_with?(owner) }
          .flat_map { |each| nodes(each.body) }.select { |each| each.is_a?(Prism::DefNode) && each.name == node.name }
        methods.any? && methods.all? { |method| mixing?(tree, method.body, depth + 1) }
      end

      def guard?(node)
        !node.slice.include?("ENV") && QUESTION.match?(node.slice.delete_prefix("(").lstrip)
      end

      def branches(node)
        other = node.is_a?(Prism::IfNode) ? node.subsequent : node.else_clause
        [node.statements, other.is_a?(Prism::ElseNode) ? other.statements : other]
      end

      def constant_or_none?(node)
        node.nil? || node.is_a?(Prism::SelfNode) || node.is_a?(Prism::LocalVariableReadNode) || constant?(node)
      end

      def constant?(node)
        node.is_a?(Prism::ConstantReadNode) || node.is_a?(Prism::ConstantPathNode)
      end

      def literal?(node)
        nodes(node).none? { |each| each.is_a?(Prism::CallNode) && each.name != :freeze }
      end

      def statements(node)
        case node
        when nil then []
        when Prism::StatementsNode then node.body
        when Prism::ParenthesesNode then statements(node.body)
        else [node]
        end
      end

      # A node and all below it.
      def nodes(node)
        return [] if node.nil?
        [node, *node.compact_child_nodes.flat_map { |child| nodes(child) }]
      end
    end
  end
end
