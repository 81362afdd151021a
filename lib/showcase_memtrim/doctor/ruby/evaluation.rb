# frozen_string_literal: true

require_relative "value"

module ShowcaseMemtrim
  class Doctor
    # What an expression of a configuration file comes to: literals, ENV, what is usually done to these, and what is known of
    # Rails. Nothing is run; everything else is not known.
    class Evaluation
      # Methods by name, for receivers whose class has them in plain Ruby. The rest is Active Support's.
      PLAIN = {
        to_i: [String, Integer, NilClass, Float], to_f: [String, Integer, Float, NilClass], to_s: [String, Integer, Float, Symbol, NilClass], to_sym: [String, Symbol],
        strip: [String], downcase: [String], upcase: [String], empty?: [String, Array, Hash], freeze: [Object], nil?: [Object], positive?: [Integer], zero?: [Integer],
        size: [String, Array], abs: [Integer], itself: [Object], dup: [Object]
      }.freeze
      BINARY = {:+ => Integer, :- => Integer, :* => Integer, :< => Numeric, :> => Numeric, :<= => Numeric, :>= => Numeric}.freeze

      # @param environment [#call] name → String, nil (not set) or :unknown
      # @param env [String] RAILS_ENV
      # @param rails [Gem::Version, nil] nil: not known
      # @param ruby [Gem::Version, nil]
      def initialize(environment, env:, rails: nil, ruby: nil)
        @environment = environment
        @env = env
        @rails = rails
        @ruby = ruby
      end

      # @param node [Prism::Node]
      # @param locals [Hash{Symbol => Value}]
      # @return [Value]
      def of(node, locals = {})
        @locals = locals
        @variables = {}
        @line = nil
        known = false
        value = catch(:unknown) { evaluate(node).tap { known = true } }
        Value.new(known: known, value: (value if known), line: @line || node.location.start_line, variables: @variables)
      end

      private

      def unknown
        throw :unknown
      end

      def evaluate(node)
        case node
        when Prism::IntegerNode, Prism::FloatNode then node.value
        when Prism::StringNode then node.unescaped
        when Prism::SymbolNode then node.unescaped.to_sym
        when Prism::TrueNode then true
        when Prism::FalseNode then false
        when Prism::NilNode then nil
        when Prism::ArrayNode then node.elements.map { |element| evaluate(element) }
        when Prism::HashNode, Prism::KeywordHashNode then node.elements.to_h { |element| element.is_a?(Prism::AssocNode) ? [evaluate(element.key), evaluate(element.value)] : unknown }
        when Prism::InterpolatedStringNode then node.parts.map { |part| part.is_a?(Prism::EmbeddedStatementsNode) ? evaluate(part.statements) : evaluate(part) }.join
        when Prism::ParenthesesNode then evaluate(node.body)
        when Prism::StatementsNode then (node.body.size == 1) ? evaluate(node.body.first) : unknown
        when Prism::LocalVariableReadNode then local(node.name)
        when Prism::OrNode then evaluate(node.left) || evaluate(node.right)
        when Prism::AndNode then evaluate(node.left) && evaluate(node.right)
        when Prism::IfNode then evaluate(node.predicate) ? branch(node.statements) : branch(node.subsequent)
        when Prism::UnlessNode then evaluate(node.predicate) ? branch(node.else_clause) : branch(node.statements)
        when Prism::ElseNode then branch(node.statements)
        when Prism::ConstantPathNode then constant(node)
        when Prism::CallNode then call(node)
        when Prism::DefinedNode then defined(node.value.slice)
        else unknown
        end
      end

      def branch(node)
        node && evaluate(node)
      end

      def local(name)
        value = @locals[name] or unknown
        @line ||= value.line
        @variables.merge!(value.variables)
        value.known? ? value.value : unknown
      end

      def constant(node)
        unknown unless @rails
        case node.slice.delete_prefix("::")
        when "Rails::VERSION::STRING" then @rails.to_s
        when "Rails::VERSION::MAJOR" then @rails.segments[0]
        when "Rails::VERSION::MINOR" then @rails.segments[1] || 0
        else unknown
        end
      end

      # Ruby has RubyVM::YJIT.enable since 3.3, where it is built with YJIT at all.
      def defined(text)
        unknown unless @ruby && text.delete_prefix("::") == "RubyVM::YJIT.enable"
        @ruby >= Gem::Version.new("3.3")
      end

      def call(node)
        return variable(node) if environment?(node.receiver)
        arguments = node.arguments&.arguments || []
        name = node.name
        return of_rails(node.slice) if node.slice.start_with?("Rails.", "::Rails.")
        return cast(name, arguments) if node.receiver.nil?
        unknown if node.block
        receiver = evaluate(node.receiver)
        return receiver.nil? ? nil : unknown if node.safe_navigation? && receiver.nil?
        arguments.empty? ? unary(name, receiver) : binary(name, receiver, arguments)
      end

      def environment?(node)
        node.is_a?(Prism::ConstantReadNode) && node.name == :ENV
      end

      def variable(node)
        name, other = node.arguments&.arguments
        name = evaluate(name || unknown)
        value = @environment.call(name)
        @variables[name] = value unless value == :unknown
        unknown if value == :unknown
        case node.name
        when :[] then value
        when :key?, :has_key?, :include?, :member? then !value.nil?
        when :fetch
          return value unless value.nil?
          return evaluate(other) if other
          node.block.is_a?(Prism::BlockNode) ? branch(node.block.body) : unknown
        else unknown
        end
      end

      def of_rails(text)
        case text.delete_prefix("::")
        when "Rails.env", "Rails.env.to_s" then @env
        when "Rails.env.to_sym" then @env.to_sym
        when "Rails.env.local?" then %w[development test].include?(@env)
        when /\ARails\.env\.(\w+)\?\z/ then @env == $1
        when "Rails.version" then @rails&.to_s || unknown
        when /\ARails\.env\s*(==|!=)\s*["'](\w+)["']\z/ then (@env == $2) == ($1 == "==")
        else unknown
        end
      end

      # Integer(x), Float(x), String(x)
      def cast(name, arguments)
        unknown unless arguments.size == 1 && %i[Integer Float String].include?(name)
        Kernel.public_send(name, evaluate(arguments.first))
      rescue ArgumentError, TypeError
        unknown
      end

      def unary(name, receiver)
        case name
        when :! then !receiver
        when :-@ then receiver.is_a?(Numeric) ? -receiver : unknown
        when :presence then blank?(receiver) ? nil : receiver
        when :present? then !blank?(receiver)
        when :blank? then blank?(receiver)
        else
          unknown unless PLAIN[name]&.any? { |kind| receiver.is_a?(kind) }
          receiver.public_send(name)
        end
      end

      def blank?(value)
        value.nil? || value == false || (value.respond_to?(:empty?) && value.empty?) || (value.is_a?(String) && value.strip.empty?)
      end

      def binary(name, receiver, arguments)
        unknown unless arguments.size == 1
        other = evaluate(arguments.first)
        case name
        when :== then receiver == other
        when :!= then receiver != other
        when :include? then receiver.is_a?(Array) ? receiver.include?(other) : unknown
        when :in? then other.is_a?(Array) ? other.include?(receiver) : unknown
        when *BINARY.keys then versions(name, receiver, other)
        when :/ then (receiver.is_a?(Integer) && other.is_a?(Integer) && other.nonzero?) ? receiver / other : unknown
        else unknown
        end
      end

      # Numbers, and strings as Ruby compares them (Rails::VERSION::STRING < "7.2").
      def versions(name, receiver, other)
        return receiver.public_send(name, other) if [receiver, other].all? { |side| side.is_a?(BINARY[name]) }
        unknown unless %i[< > <= >=].include?(name) && receiver.is_a?(String) && other.is_a?(String)
        receiver.public_send(name, other)
      end
    end
  end
end
