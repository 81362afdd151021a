# frozen_string_literal: true

require_relative "evaluation"
require_relative "../../system_error"
require_relative "../../uses/parser"

ShowcaseMemtrim::Uses::Parser.load

module ShowcaseMemtrim
  class Doctor
    # The calls that a configuration file makes at its top level, in order, as far as that can be known without running it:
    # in the branches that are taken, and not inside of methods.
    class Script
      # node: a call, or an assignment to one (`config.x += 1`). certain: false: it depends on what is not known. block: true:
      # inside of a block of somebody else's, where `self` may be anything.
      Step = Struct.new(:node, :certain, :block, :locals, keyword_init: true) do
        def line
          node.location.start_line
        end

        # @return [Array<Prism::Node>]
        def arguments
          (node.respond_to?(:arguments) && node.arguments&.arguments) || []
        end
      end

      ASSIGNMENTS = [Prism::CallOperatorWriteNode, Prism::CallOrWriteNode, Prism::CallAndWriteNode].freeze
      LOCAL_ASSIGNMENTS = [Prism::LocalVariableOperatorWriteNode, Prism::LocalVariableOrWriteNode, Prism::LocalVariableAndWriteNode].freeze

      # @param path [String] absolute
      # @param file [String] for people
      # @raise [Error] for what is no Ruby, or can't be read
      def self.parse(path, file)
        tree, problem = Uses::Parser.parse(File.binread(path).force_encoding(Encoding::UTF_8))
        return tree unless problem
        line, message = problem.match(/\Aline (\d+): (.*)/m).captures
        raise Error, "#{file}:#{line}: no Ruby that can be read: #{message}"
      rescue SystemCallError => error
        raise Error, "#{file} can't be read: #{SystemError.words(error)}"
      end

      # @param tree [Prism::Node]
      # @param evaluation [Evaluation]
      # @param same [#call, nil] takes a call with a block: true where all is the same in it, :later where it is called for
      #   certain, but later
      def initialize(tree, evaluation, same: nil)
        @tree = tree
        @evaluation = evaluation
        @same = same
        @locals = {}
      end

      # @yield [Step]
      def each(&consumer)
        @consumer = consumer
        @doubtful = false
        catch(:left) { visit(@tree, true, false) }
      end

      # @return [Value] of an expression, where the step is
      def value(node, locals = @locals)
        @evaluation.of(node, locals)
      end

      private

      def visit(node, certain, block)
        case node
        when nil then nil
        when Prism::ProgramNode, Prism::ElseNode then visit(node.statements, certain, block)
        when Prism::StatementsNode then node.body.each { |statement| visit(statement, certain, block) }
        when Prism::ModuleNode, Prism::ClassNode, Prism::ParenthesesNode then visit(node.body, certain, block)
        when Prism::IfNode then choose(node.predicate, node.statements, node.subsequent, certain, block)
        when Prism::UnlessNode then choose(node.predicate, node.else_clause, node.statements, certain, block)
        when Prism::AndNode then choose(node.left, node.right, nil, certain, block)
        when Prism::OrNode then choose(node.left, nil, node.right, certain, block)
        when Prism::BeginNode
          visit(node.statements, certain, block)
          [node.rescue_clause, node.else_clause, node.ensure_clause].compact.each { |clause| doubtful(clause, block) }
        when Prism::LocalVariableWriteNode then @locals[node.name] = certain?(certain) ? value(node.value) : Value.unknown(node.location.start_line)
        when *LOCAL_ASSIGNMENTS then @locals[node.name] = Value.unknown(node.location.start_line)
        when Prism::MultiWriteNode then node.lefts.grep(Prism::LocalVariableTargetNode).each { |target| @locals[target.name] = Value.unknown }
        when Prism::ReturnNode then left(certain, block)
        when Prism::DefNode, Prism::LambdaNode then nil
        when Prism::CallNode then call(node, certain, block)
        when *ASSIGNMENTS then step(node, certain, block)
        else doubtful(node, block)
        end
      end

      # What is below it may happen, or not.
      def doubtful(node, block)
        node.compact_child_nodes.each { |child| visit(child, false, block) if statement?(child) }
      end

      def statement?(node)
        !node.is_a?(Prism::ConstantReadNode)
      end

      def certain?(certain)
        certain && !@doubtful
      end

      def choose(predicate, yes, no, certain, block)
        value = value(predicate)
        return visit(value.value ? yes : no, certain, block) if value.known?
        [yes, no].each { |branch| visit(branch, false, block) }
      end

      # The rest of the file is not reached, or perhaps not.
      def left(certain, block)
        throw :left if certain?(certain) && !block
        @doubtful = true
      end

      def call(node, certain, block)
        step(node, certain, block)
        return unless node.block.is_a?(Prism::BlockNode)
        same = @same&.call(node)
        return visit(node.block.body, certain, block || same == :later) if same
        outer = @locals
        @locals = outer.merge(node.block.locals.to_h { |name| [name, Value.unknown] })
        visit(node.block.body, false, true)
        changed = outer.keys.reject { |name| node.block.locals.include?(name) || @locals[name].equal?(outer[name]) }
        @locals = outer.merge(changed.to_h { |name| [name, Value.unknown] })
      end

      def step(node, certain, block)
        @consumer.call(Step.new(node: node, certain: certain?(certain), block: block, locals: @locals.dup))
      end
    end
  end
end
