# frozen_string_literal: true

require_relative "words"

module ShowcaseMemtrim
  module Uses
    # The part of RubyFile that knows what calls may use.
    module Calls
      REQUIRES = %i[require require_dependency load require_or_load].freeze
      READS = %i[const_get const_missing qualified_const_get const_source_location remove_const].freeze
      EVALUATIONS = %i[eval class_eval module_eval instance_eval].freeze
      COMMANDS = %i[system exec spawn sh popen popen2 popen2e popen3 capture2 capture2e capture3 pipeline run run! execute command runner rake capture background].freeze
      SENDS = %i[send public_send __send__ try try! method public_method instance_method public_instance_method respond_to? method_defined? instance_methods
        alias_method undef_method remove_method delegate delegate_missing_to helper_method helper inject reduce memoize].freeze
      HOOK = /\A(?:before|after|around|skip|prepend|append|set|validate|rescue)_|\Avalidate\z/
      FILES = %i[find_files find_latest_files find_files_from_load_path].freeze
      SPECS = %i[find_by_name find_all_by_name activate_bin_path bin_path].freeze
      DEPENDENCIES = {add_dependency: :lib, add_runtime_dependency: :lib, add_development_dependency: :development}.freeze
      RENDERS = %i[render render_to_string partial! layout template partial render_async].freeze
      ASSETS = /asset|javascript|stylesheet|image|font|audio|video|favicon|\Apin|precompile|import|svg|pack|css|\Ajs|\Alink\z|path\z|url\z/
      AUTOLOADS = %i[autoload_lib autoload_lib_once autoload_paths eager_load_paths autoload_once_paths push_dir].freeze
      # What generated files call.
      GENERATED = %i[layout default].freeze
      # Paths that are the app's own, however they are made.
      OWN = /__dir__|__FILE__|\bRails\b|\broot\b|\bAPP_PATH\b|\bENGINE_PATH\b|\AFile\.(?:expand_path|join)/
      CHOICES = Hash.new { |known, name| known[name] = Literals::CHOICE.match?(name.name.delete_suffix("=")) }
      ASSET_CALLS = Hash.new { |known, name| known[name] = ASSETS.match?(name) }
      HOOKS = Hash.new { |known, name| known[name] = SENDS.include?(name) || HOOK.match?(name) }
      SPECIAL = {
        require_relative: :relative, autoload: :autoload, gem: :activation, const_defined?: :const_defined, constantize: :constantize,
        safe_constantize: :constantize, "[]": :index, validates: :validations, validates!: :validations, include: :inclusion, prepend: :inclusion
      }.merge(REQUIRES.to_h { |name| [name, :requirement] }, READS.to_h { |name| [name, :const_get] }, EVALUATIONS.to_h { |name| [name, :evaluation] },
        COMMANDS.to_h { |name| [name, :commands] }, FILES.to_h { |name| [name, :found_files] }, SPECS.to_h { |name| [name, :specification] },
        DEPENDENCIES.to_h { |name, _| [name, :dependency] }, RENDERS.to_h { |name| [name, :rendering] }, AUTOLOADS.to_h { |name| [name, :autoloading] }).freeze

      def visit_call_node(node)
        name = node.name
        @notes.does ||= !GENERATED.include?(name)
        (special = SPECIAL[name]) && send(special, node)
        (found = @catalog.methods[name]) && called(name, node, found)
        node.receiver.is_a?(Prism::LocalVariableReadNode) && note(@catalog.symbols[name.name], node, :symbol, "#{node.receiver.name}.#{name}")
        assets(node) if ASSET_CALLS[name] && @catalog.assets.any?
        names_of_methods(node) if HOOKS[name]
        node.receiver.is_a?(Prism::ArrayNode) ? lists(node) { visit_parts(node, name) } : visit_parts(node, name)
      end

      def visit_call_or_write_node(node)
        choosing(CHOICES[node.write_name]) { super }
      end

      def visit_index_or_write_node(node)
        choosing(false) { super }
      end

      %i[local_variable instance_variable class_variable global_variable constant].each do |kind|
        define_method(:"visit_#{kind}_write_node") { |node| choosing(CHOICES[node.name]) { super(node) } }
      end

      # `map(&:geocoded)`
      def visit_block_argument_node(node)
        method_name(node.expression)
        super
      end

      private

      def visit_parts(node, name)
        (part = node.receiver) && part.accept(self)
        (part = node.arguments) && visit_arguments(part, name)
        (part = node.block) && part.accept(self)
      end

      def visit_arguments(arguments, name)
        guard, choice = @guard, @choice
        @guard ||= name == :const_defined?
        @choice = (name == :[]) ? false : @choice || CHOICES[name]
        arguments.accept(self)
        @guard, @choice = guard, choice
      end

      # A call without a receiver may be of a method of the file's own, which may come later.
      def called(name, node, found)
        mine = node.receiver.nil? || node.receiver.is_a?(Prism::SelfNode)
        found = @catalog.methods_of(name, (node.receiver.slice unless mine), @nesting) if found
        return note(found, node, :method, name.name) unless mine
        @calls_of_self << [[@nesting, name, @method ? @of_class : @nesting.any?], [found, line(node), :method, name.name, at]]
      end

      # `Gem.loaded_specs["geocoder"]`
      def index(node)
        specification(node) if node.receiver.is_a?(Prism::CallNode) && node.receiver.name == :loaded_specs
      end

      def arguments(node)
        node.arguments&.arguments || []
      end

      # @return [String, nil]
      def string(node)
        node.unescaped if node.is_a?(Prism::StringNode) || node.is_a?(Prism::SymbolNode)
      end

      # `%w[a b].each { |name| require name }`: what the name may be.
      def lists(node)
        parameter = node.block.is_a?(Prism::BlockNode) && block_parameter(node.block)
        return yield unless parameter
        values = node.receiver.elements.map { |element| string(element) }
        return yield unless values.all?
        before = @lists
        @lists = before.merge(parameter => values)
        yield
        @lists = before
      end

      def block_parameter(block)
        case block.parameters
        when Prism::BlockParametersNode then block.parameters.parameters&.requireds&.first.then { |first| first.name if first.is_a?(Prism::RequiredParameterNode) }
        when Prism::NumberedParametersNode then :_1
        when Prism::ItParametersNode then :it
        end
      end

      # @return [Array<String>, nil] nil: source can't tell
      def values(node)
        case node
        when Prism::StringNode, Prism::SymbolNode then [node.unescaped]
        when Prism::LocalVariableReadNode then @lists[node.name]
        when Prism::ParenthesesNode then (node.body.is_a?(Prism::StatementsNode) && node.body.body.one?) ? values(node.body.body.first) : nil
        when Prism::IfNode, Prism::UnlessNode then branches(node)
        when Prism::ItLocalVariableReadNode then @lists[:it]
        end
      end

      def branches(node)
        other = node.is_a?(Prism::IfNode) ? node.subsequent : node.else_clause
        other = other.statements if other.is_a?(Prism::ElseNode)
        both = [node.statements, other].map { |part| (part.is_a?(Prism::StatementsNode) && part.body.one?) ? values(part.body.first) : nil }
        both.flatten if both.all?
      end

      def unknown(node)
        @notes.unknowns << [line(node), text(node.slice)]
      end

      def requirement(node)
        return if node.receiver && !%w[Kernel ::Kernel self].include?(node.receiver.slice)
        path = arguments(node).first or return
        values = values(path)
        return values.each { |value| required(value, node) } if values
        begins_with(path, node)
        unknown(node) unless OWN.match?(path.slice)
      end

      def required(value, node, what = value)
        @notes.required << value
        note(@catalog.required(value), node, :require, what)
      end

      # `require "zip/#{part}"`
      def begins_with(path, node)
        return unless path.is_a?(Prism::InterpolatedStringNode) && path.parts.first.is_a?(Prism::StringNode)
        library = path.parts.first.unescaped[%r{\A([^/]+)/}, 1] or return
        note(@catalog.found("#{library}/*"), node, :require, path.slice)
      end

      def relative(node)
        value = string(arguments(node).first) or return
        @notes.required << value
        note(@catalog.required(File.expand_path(value, @directory)), node, :require, value) if @directory
      end

      def autoload(node)
        _, path = arguments(node)
        value = string(path) and required(value, node)
      end

      def activation(node)
        return if node.receiver && node.receiver.slice !~ /\A(?:::)?(?:Kernel|Gem)\z/
        value = string(arguments(node).first) and note(@catalog.names[value], node, :require, value)
      end

      def specification(node)
        arguments(node).each { |argument| (value = string(argument)) && note(@catalog.names[value], node, (node.name == :bin_path || node.name == :activate_bin_path) ? :executable : :require, value) }
      end

      def dependency(node)
        value = string(arguments(node).first) or return
        @notes.use(@catalog.names[value], line(node), :gemspec, value, at, role: (DEPENDENCIES[node.name] == :lib) ? @notes.role : :development)
      end

      def found_files(node)
        pattern = arguments(node).first or return
        glob = case pattern
        when Prism::StringNode then pattern.unescaped
        when Prism::InterpolatedStringNode then pattern.parts.map { |part| part.is_a?(Prism::StringNode) ? part.unescaped : "*" }.join
        end
        glob ? note(@catalog.found(glob), node, :plugin, glob) : unknown(node)
      end

      def const_get(node)
        name = arguments(node).first or return
        values = values(name)
        return constant_of(node, values, :string) if values
        unknown(node) unless name.is_a?(Prism::InterpolatedStringNode) && name.parts.first.is_a?(Prism::StringNode) && name.parts.first.unescaped.match?(/\A(?:::)?[A-Z]\w*::/)
      end

      def const_defined(node)
        constant_of(node, values(arguments(node).first) || [], :guard)
      end

      # A name below the receiver, or anywhere.
      def constant_of(node, values, how)
        base = node.receiver && path_of(node.receiver)
        values.each do |value|
          what = values.one? ? arguments(node).first.slice : value
          next unless Catalog::CONSTANT.match?(value)
          path = (base && base.delete_prefix("::") != "Object" && base != "Kernel") ? "#{base}::#{value.delete_prefix("::")}" : "::#{value.delete_prefix("::")}"
          refer(path, node, how: how, what: what) if @catalog.segment?(path.delete_prefix("::")[/\A[^:]+/])
          note(@catalog.constant(value.delete_prefix("::")), node, how, what)
          note(@catalog.constant_ending(value), node, how, what) if node.receiver && base.nil?
        end
      end

      def constantize(node)
        receiver = node.receiver or return
        names = values(receiver) or return unknown(node)
        names.each { |name| note(@catalog.constant_text(name), receiver, :string, receiver.slice) }
      end

      # Source in a string is source.
      def evaluation(node)
        return if arguments(node).empty? || node.block.is_a?(Prism::BlockNode)
        code = arguments(node).first
        return evaluate(code.unescaped, @source = code) if code.is_a?(Prism::StringNode)
        unknown(node) if node.name == :eval && !code.is_a?(Prism::InterpolatedStringNode)
        return unless code.is_a?(Prism::InterpolatedStringNode)
        evaluate(code.parts.map { |part| part.is_a?(Prism::StringNode) ? part.unescaped : "_#{"\n" * part.slice.count("\n")}" }.join, code)
      end

      def evaluate(source, node)
        tree, error = Parser.parse(source)
        heredoc = node.respond_to?(:heredoc?) && node.heredoc?
        return RubyFile.new(@notes, @catalog, at: at, line: line(node) + (heredoc ? 1 : 0), nesting: @nesting, directory: @directory, names: @names).visit(tree) unless error
        command(source, node)
      end

      def commands(node)
        arguments(node).each do |argument|
          command(argument.unescaped, argument) if argument.is_a?(Prism::StringNode)
          argument.parts.each { |part| command(part.unescaped, part) if part.is_a?(Prism::StringNode) } if argument.is_a?(Prism::InterpolatedStringNode)
        end
      end

      # `validates :email, email: true` is EmailValidator's.
      def validations(node)
        options = arguments(node).last
        return unless options.is_a?(Prism::KeywordHashNode) || options.is_a?(Prism::HashNode)
        options.elements.each do |element|
          key = element.is_a?(Prism::AssocNode) && string(element.key) or next
          name = "#{key.split("/").last.split("_").map { |part| part[0].to_s.upcase + part[1..].to_s }.join}Validator"
          note(@catalog.constant_ending(name), element, :symbol, "#{key}:")
        end
      end

      def inclusion(node)
        arguments(node).each { |argument| (path = path_of(argument)) && @notes.ancestors << [@nesting, path] } if node.receiver.nil?
      end

      # `render "paginator"`: names without a directory are names here only.
      def rendering(node)
        each_option(node) { |value, literal| note(@catalog.view(value), literal, :view, literal.slice) unless value.include?("/") }
      end

      def assets(node)
        kind = {"javascript" => :script, "stylesheet" => :style}.find { |name, _| node.name.name.include?(name) }&.last
        each_option(node) { |value, literal| note(@catalog.assets.named(value, kind), literal, :asset, literal.slice) unless value.match?(/\.\w+\z/) && kind.nil? }
      end

      def each_option(node, &block)
        arguments(node).each { |argument| each_string(argument, &block) }
      end

      def each_string(node, &block)
        case node
        when Prism::StringNode then block.call(node.unescaped, node) if node.unescaped.valid_encoding?
        when Prism::ArrayNode then node.elements.each { |element| each_string(element, &block) }
        when Prism::KeywordHashNode, Prism::HashNode then node.elements.each { |element| each_string(element.value, &block) if element.is_a?(Prism::AssocNode) }
        end
      end

      def names_of_methods(node)
        arguments(node).each do |argument|
          each_symbol(argument) { |symbol| method_name(symbol) }
          @lists[argument.name]&.each { |name| note(@catalog.methods[name.to_sym], argument, :method, name) if name != "" } if argument.is_a?(Prism::LocalVariableReadNode)
        end
      end

      def each_symbol(node, &block)
        case node
        when Prism::SymbolNode, Prism::StringNode then block.call(node)
        when Prism::ArrayNode then node.elements.each { |element| each_symbol(element, &block) }
        when Prism::KeywordHashNode then node.elements.each { |element| each_symbol(element.value, &block) if element.is_a?(Prism::AssocNode) }
        end
      end

      def method_name(node)
        value = string(node)
        note(@catalog.methods[value.to_sym], node, :method, node.slice) if value && value != "" && value.valid_encoding?
      end

      def autoloading(_node)
        @notes.autoloads = true
      end
    end
  end
end
