# frozen_string_literal: true

require_relative "../../uses/parser"

module ShowcaseMemtrim
  module Cable
    class Check
      # What a file of the app names, as its syntax has it.
      class Source
        # candidates: full names, in the order in which Ruby would look: those of the modules around it first
        Constant = Struct.new(:text, :candidates, :line, keyword_init: true)
        # receiver: "String" for a literal, ".Time" for that class itself; nil: not known
        Call = Struct.new(:name, :line, :receiver) do
          # @return [Array(String, String)] what is called, and by which name
          def question
            [receiver, name]
          end
        end

        # Found in env or a request only behind an app's middleware.
        MIDDLEWARE = /\A(warden|rack\.session|omniauth)/
        DYNAMIC = %i[constantize safe_constantize const_get].freeze
        LOCATORS = %i[locate locate_signed locate_many].freeze
        LITERALS = {
          "StringNode" => "String", "InterpolatedStringNode" => "String", "IntegerNode" => "Integer", "FloatNode" => "Float", "ArrayNode" => "Array",
          "HashNode" => "Hash", "SymbolNode" => "Symbol", "NilNode" => "NilClass", "RangeNode" => "Range"
        }.freeze
        # Of Ruby's classes that Active Support adds to.
        CLASSES = %w[Time Date DateTime String Array Hash Integer Float Range File Module Class Digest SecureRandom].freeze

        # @return [String] relative to the app
        attr_reader :file

        # @return [Array<Constant>] that it reads, but for what is asked for by defined?
        attr_reader :constants

        # @return [Array<String>] full names of the classes, modules and constants that it defines
        attr_reader :defined

        # @return [Array<String>] of its classes alone
        attr_reader :classes

        # @return [Array<String>] features that it requires
        attr_reader :requires

        # @return [Array<String>] files of the app that it requires by require_relative
        attr_reader :relatives

        # @return [Array<Call>] `Rails.cache`, `Rails.application.routes`
        attr_reader :rails_calls

        # @return [Array<Call>] with a receiver: what they call
        attr_reader :methods

        # @return [Array<String>] methods that it defines
        attr_reader :own_methods

        # @return [Array<Call>]
        attr_reader :middleware, :dynamic

        # @raise [Error] for what is no Ruby
        def self.read(root, file)
          tree, problem = Uses::Parser.parse(File.binread(File.join(root, file)).force_encoding(Encoding::UTF_8))
          raise Error, "#{file}: #{problem}" if problem
          new(file, tree)
        end

        def initialize(file, tree)
          @file = file
          @constants, @defined, @classes, @requires, @relatives, @rails_calls, @methods, @own_methods, @middleware, @dynamic, @asked = Array.new(11) { [] }
          visit(tree, [])
          @constants.reject! { |constant| @asked.include?(constant.text) } # it does without
        end

        # @param constant [Constant]
        def defines?(constant)
          constant.candidates.any? { |name| @defined.include?(name) }
        end

        private

        def visit(node, nesting)
          case node
          when Prism::ClassNode, Prism::ModuleNode then return definition(node, nesting)
          when Prism::DefinedNode then return @asked << node.value.slice
          when Prism::ConstantReadNode, Prism::ConstantPathNode then return constant(node, nesting)
          when Prism::ConstantWriteNode, Prism::ConstantOrWriteNode, Prism::ConstantTargetNode then @defined << full(node.name.to_s, nesting)
          when Prism::DefNode then @own_methods << node.name.to_s
          when Prism::CallNode then call(node)
          end
          node.compact_child_nodes.each { |child| visit(child, nesting) }
        end

        def full(name, nesting)
          name.start_with?("::") ? name.delete_prefix("::") : [*nesting.first, name].join("::")
        end

        def definition(node, nesting)
          name = full(node.constant_path.slice, nesting)
          @defined << name
          @classes << name if node.is_a?(Prism::ClassNode)
          visit(node.superclass, nesting) if node.is_a?(Prism::ClassNode) && node.superclass
          visit(node.body, [name, *nesting]) if node.body
        end

        def constant(node, nesting)
          text = node.slice
          unless text.match?(/\A(::)?[A-Z]\w*(::[A-Z]\w*)*\z/)
            return node.compact_child_nodes.each { |child| visit(child, nesting) }
          end
          around = text.start_with?("::") ? [] : nesting
          text = text.delete_prefix("::")
          @constants << Constant.new(text: text, candidates: around.map { |name| "#{name}::#{text}" } << text, line: node.location.start_line)
        end

        def call(node)
          name, line = node.name.to_s, node.location.start_line
          argument = node.arguments&.arguments&.first
          required(name, argument) if node.receiver.nil? && argument.is_a?(Prism::StringNode)
          @rails_calls << Call.new("#{node.receiver.slice.delete_prefix("::")}.#{name}", line) if node.receiver&.slice&.match?(/\A(::)?Rails(\.application)?\z/)
          @methods << Call.new(name, line, receiver(node.receiver)) if node.receiver && !node.receiver.is_a?(Prism::SelfNode)
          @dynamic << Call.new("#{node.receiver&.slice}.#{name}", line) if DYNAMIC.include?(node.name) || (LOCATORS.include?(node.name) && node.receiver&.slice.to_s.include?("GlobalID"))
          from_middleware(node, argument, line)
        end

        def required(name, argument)
          @requires << argument.unescaped if name == "require"
          return unless name == "require_relative"
          @relatives << File.expand_path("/#{File.dirname(@file)}/#{argument.unescaped.delete_suffix(".rb")}.rb").delete_prefix("/")
        end

        def receiver(node)
          node = node.body.body.first if node.is_a?(Prism::ParenthesesNode) && node.body.is_a?(Prism::StatementsNode) && node.body.body.size == 1
          name = node.slice.delete_prefix("::") if node.is_a?(Prism::ConstantReadNode) || node.is_a?(Prism::ConstantPathNode)
          return (".#{name}" if CLASSES.include?(name)) if name
          LITERALS[node.class.name.delete_prefix("Prism::")]
        end

        def from_middleware(node, argument, line)
          receiver = node.receiver&.slice
          key = argument.unescaped if argument.is_a?(Prism::StringNode)
          @middleware << Call.new("env[\"#{key}\"]", line) if node.name == :[] && receiver.to_s.end_with?("env") && key.to_s.match?(MIDDLEWARE)
          @middleware << Call.new("request.session", line) if node.name == :session && receiver == "request"
        end
      end
    end
  end
end
