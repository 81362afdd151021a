# frozen_string_literal: true

require_relative "../../uses/parser"

module ShowcaseMemtrim
  module Cable
    class Check
      # What a file of the app names, as its syntax has it.
      class Source
        # candidates: full names, in the order in which Ruby would look: those of the modules around it first
        Constant = Struct.new(:text, :candidates, :line, keyword_init: true)
        Call = Struct.new(:name, :line)

        # Found in env or a request only behind an app's middleware.
        MIDDLEWARE = {"env" => /\A(warden|rack\.session|omniauth)/, "session" => nil, "current_user_from_session" => nil}.freeze
        DYNAMIC = %i[constantize safe_constantize const_get].freeze

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

        # @return [Array<Call>] `Rails.cache`, `Rails.application.routes`
        attr_reader :rails_calls

        # @return [Array<Call>] with a receiver: what they call
        attr_reader :methods

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
          @constants, @defined, @classes, @requires, @rails_calls, @methods, @middleware, @dynamic = Array.new(8) { [] }
          visit(tree, [])
        end

        private

        def visit(node, nesting)
          case node
          when Prism::ClassNode, Prism::ModuleNode then return definition(node, nesting)
          when Prism::DefinedNode then return
          when Prism::ConstantReadNode, Prism::ConstantPathNode then return constant(node, nesting)
          when Prism::ConstantWriteNode then @defined << [*nesting.first, node.name].join("::")
          when Prism::CallNode then call(node)
          end
          node.compact_child_nodes.each { |child| visit(child, nesting) }
        end

        def definition(node, nesting)
          name = [*nesting.first, node.constant_path.slice].join("::")
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
          @requires << argument.unescaped if node.receiver.nil? && name == "require" && argument.is_a?(Prism::StringNode)
          @rails_calls << Call.new("#{node.receiver.slice.delete_prefix("::")}.#{name}", line) if node.receiver&.slice&.match?(/\A(::)?Rails(\.application)?\z/)
          @methods << Call.new(name, line) if node.receiver
          @dynamic << Call.new("#{node.receiver&.slice}.#{name}", line) if DYNAMIC.include?(node.name)
          from_middleware(node, argument, line)
        end

        def from_middleware(node, argument, line)
          receiver = node.receiver&.slice
          key = argument.unescaped if argument.is_a?(Prism::StringNode)
          @middleware << Call.new("env[\"#{key}\"]", line) if node.name == :[] && receiver.to_s.end_with?("env") && key.to_s.match?(MIDDLEWARE["env"])
          @middleware << Call.new("request.session", line) if node.name == :session && receiver == "request"
        end
      end
    end
  end
end
