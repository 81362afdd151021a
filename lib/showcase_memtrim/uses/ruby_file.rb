# frozen_string_literal: true

require_relative "parser"
require_relative "notes"
require_relative "literals"
require_relative "calls"

ShowcaseMemtrim::Uses::Parser.load

module ShowcaseMemtrim
  module Uses
    # Reads Ruby: what of it may be a use goes into the notes, with where it stands.
    class RubyFile < Prism::Visitor
      include Literals
      include Calls

      # @param notes [Notes] to write to
      # @param catalog [Catalog]
      # @param source [String]
      # @param at [Symbol, nil] :call for what becomes a method's body; nil: as it stands
      # @param line [Integer] of the source's first line
      # @param directory [String, nil] of the file; nil: it has none that `require_relative` knows
      # @param names [Boolean] whether any string that is a constant's name counts; false: where one is looked up by it
      # @return [String, nil] nil: it was read; else why not
      def self.read(notes, catalog, source, at: nil, line: 1, directory: nil, names: true)
        tree, error = Parser.parse(source)
        return error if error
        new(notes, catalog, at: at, line: line, directory: directory, names: names).visit(tree)
        nil
      rescue SystemStackError
        "nested too deeply"
      end

      def initialize(notes, catalog, at: nil, line: 1, nesting: [], directory: nil, names: true)
        super()
        @names = names
        @directory = directory
        @notes = notes
        @catalog = catalog
        @before = line - 1
        @nesting = nesting
        @method = at == :call
        @block = at == :block
        @guard = false
        @choice = false
        @singleton = false # in a class << self
        @of_class = false # in a method of a class itself
        @own_methods = {} # [nesting, name, of the class itself] of the offered names that this file defines
        @calls_of_self = [] # calls that may be of these
        @lists = {}
        @source = nil # a string that was read as source
      end

      def visit_program_node(node)
        super
        @calls_of_self.each { |key, arguments| @notes.use(*arguments) unless @own_methods[key] }
      end

      # Constants

      def visit_constant_read_node(node)
        name = node.name.name
        refer(name, node) if @catalog.segment?(name)
      end

      def visit_constant_path_node(node)
        path = path_of(node)
        if path
          head = path.delete_prefix("::")[/\A[^:]+/]
          refer(path, node) if @catalog.segment?(head)
        else # self.class::Geocoder
          note(@catalog.constant_ending(node.name.name), node, :constant, node.slice) if node.name && @catalog.segment?(node.name.name)
          visit(node.parent)
        end
      end

      def visit_class_node(node)
        visit(node.superclass)
        open_scope(node) do |nesting|
          superclass = node.superclass && path_of(node.superclass)
          @notes.ancestors << [nesting, superclass] if superclass
        end
      end

      def visit_singleton_class_node(node)
        visit(node.expression)
        before, @singleton = @singleton, node.expression.is_a?(Prism::SelfNode)
        visit(node.body)
        @singleton = before
      end

      def visit_module_node(node)
        open_scope(node)
      end

      %w[write or_write and_write operator_write target].each do |kind|
        define_method(:"visit_constant_#{kind}_node") do |node|
          assign(node.name.name, node)
          super(node)
        end
        define_method(:"visit_constant_path_#{kind}_node") do |node|
          target = (kind == "target") ? node : node.target
          path = path_of(target)
          path ? assign(path, target) : visit(target.parent)
          visit(node.value) if node.respond_to?(:value)
        end
      end

      # Where it runs

      def visit_def_node(node)
        own = @singleton || node.receiver.is_a?(Prism::SelfNode)
        @own_methods[[@nesting, node.name, own]] = true if @catalog.methods.key?(node.name)
        @notes.does = true
        visit(node.receiver)
        inside_method(node.name, own) do
          visit(node.parameters)
          visit(node.body)
        end
      end

      def visit_block_node(node)
        inside_block { super }
      end

      def visit_lambda_node(node)
        inside_block { super }
      end

      def visit_post_execution_node(node)
        inside_block { super }
      end

      def visit_defined_node(node)
        guarding { super }
      end

      # A method of an offered name that goes on to the offered one.
      def visit_super_node(node)
        note(@catalog.methods[@method], node, :method, node.slice)
        super
      end

      def visit_forwarding_super_node(node)
        note(@catalog.methods[@method], node, :method, node.slice)
        super
      end

      def visit_alias_method_node(node)
        method_name(node.old_name)
      end

      private

      def at
        return :call if @method
        @block ? :block : :load
      end

      def line(node)
        node.location.start_line + @before
      end

      # @param names [Array<String>, nil] of offers
      def note(names, node, how, what)
        @notes.use(names, line(node), how, text(what), at) if names && !names.empty?
      end

      def text(what)
        what = what.dup.force_encoding(Encoding::UTF_8).scrub
        what = what.lines.first.chomp if what.include?("\n")
        (what.size > 120) ? "#{what[0, 119]}…" : what
      end

      def refer(path, node, how: @guard ? :guard : :constant, opens: false, what: nil)
        @notes.references << Reference.new(path: path, nesting: @nesting, line: line(node), how: how, what: what || path, at: at, opens: opens)
      end

      # @return [String, nil] "::A::B"; nil: it begins with something else than a constant
      def path_of(node)
        case node
        when Prism::ConstantReadNode then node.name.name
        when Prism::ConstantPathNode, Prism::ConstantPathTargetNode
          return if node.name.nil?
          return "::#{node.name.name}" if node.parent.nil?
          parent = path_of(node.parent)
          parent && "#{parent}::#{node.name.name}"
        end
      end

      def open_scope(node)
        path = path_of(node.constant_path) or return visit_child_nodes(node)
        assign(path, node.constant_path)
        outer, choice, @choice = @nesting, @choice, false
        singleton, @singleton = @singleton, false
        @nesting = [*outer, path].freeze
        yield @nesting if block_given?
        visit(node.body)
      ensure
        @nesting = outer if outer
        @choice, @singleton = choice, singleton if outer
      end

      # `class A::B` names A, and opens B in it.
      def assign(path, node)
        @notes.definitions << [@nesting, path, line(node)]
        head = path.delete_prefix("::")[/\A[^:]+/]
        return unless @catalog.segment?(head)
        refer(path, node, how: :constant, opens: !path.delete_prefix("::").include?("::"))
      end

      def inside_method(name, own)
        before, @method = @method, name
        whose, @of_class = @of_class, own
        yield
      ensure
        @method = before
        @of_class = whose
      end

      def inside_block
        before, @block = @block, true
        choice, @choice = @choice, false
        yield
      ensure
        @block = before
        @choice = choice
      end

      def guarding
        before, @guard = @guard, true
        yield
      ensure
        @guard = before
      end
    end
  end
end
