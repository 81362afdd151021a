# frozen_string_literal: true

module ShowcaseMemtrim
  module Uses
    # The part of RubyFile that knows what strings and symbols may name.
    module Literals
      # Settings that are given a library's name: `config.queue_adapter = :x`, `hook_into :webmock`, `{store: :redis}`.
      CHOICE = /adapter|engine|backend|driver|store|storage|provider|strategy|hook|\Ause|\A(?:with|type|via|by|as|using)\z|librar|processor|handler|format|
        template|framework|orm\z|plugin|client|transport|serializ|parser|generator|service|middleware|queue|cache|auth|builder|render|compress|encoder|
        scheduler|search|mailer|delivery|filter|extension|feature|\A(?:kind|mode|implementation|resource_route)\z/x

      def visit_symbol_node(node)
        value = node.unescaped
        symbol(value, node) if value&.valid_encoding?
      end

      def visit_string_node(node)
        literal(node.unescaped, node) unless @source.equal?(node)
      end

      def visit_interpolated_string_node(node)
        node.parts.each { |part| part.is_a?(Prism::StringNode) ? part_of_constant(part) : visit(part) }
      end

      def visit_interpolated_symbol_node(node)
        visit_interpolated_string_node(node)
      end

      def visit_x_string_node(node)
        command(node.unescaped, node)
      end

      def visit_interpolated_x_string_node(node)
        node.parts.each { |part| part.is_a?(Prism::StringNode) ? command(part.unescaped, part) : visit(part) }
      end

      # The text of a regular expression names nothing.
      def visit_regular_expression_node(_node)
      end

      def visit_assoc_node(node)
        key = node.key
        name = key.unescaped if key.is_a?(Prism::SymbolNode) || key.is_a?(Prism::StringNode)
        visit(key)
        choosing(name ? CHOICE.match?(name) : false) { visit(node.value) }
      end

      private

      def choosing(yes)
        before, @choice = @choice, yes
        yield
      ensure
        @choice = before
      end

      def symbol(value, node)
        found = @catalog.symbols[value]
        return note(found, node, :symbol, node.slice) if found
        named(value, node) if @names && value.match?(/\A[A-Z]/)
        choice(value, node) if @choice
      end

      def choice(value, node)
        return if value.bytesize > 100
        note(@catalog.choices[Catalog.plain(value)], node, :symbol, node.slice)
      end

      def literal(value, node)
        return if value.empty? || value.bytesize > 250 || !value.valid_encoding?
        note(@catalog.symbols[value], node, :symbol, node.slice)
        named(value, node) if @names
        choice(value, node) if @choice
        note(@catalog.view(value), node, :view, node.slice) if value.include?("/")
        note(@catalog.assets.named(value), node, :asset, node.slice) if @catalog.assets.any? && value.match?(/\.\w+\z/)
      end

      # A constant's full name.
      def named(value, node)
        return unless Catalog::CONSTANT.match?(value)
        @notes.names << value[/\w+/] if @catalog.watched?(value[/\w+/])
        note(@catalog.constant_text(value), node, @guard ? :guard : :string, node.slice)
      end

      # "Geocoder::#{name}", "::Geocoder"
      def part_of_constant(part)
        value = part.unescaped
        return unless value.valid_encoding? && value.match?(/[A-Z]/)
        value.scan(/(?:::)?([A-Z]\w*(?:::[A-Z]\w*)*)(?:::)?/) do
          next unless Regexp.last_match(0).include?("::") || value == Regexp.last_match(0)
          note(@catalog.constant(Regexp.last_match(1)), part, :string, Regexp.last_match(0))
        end
      end

      # What a shell is given: executables, and constants for `rails runner`.
      def command(value, node)
        return unless value.valid_encoding?
        Words.commands(value) { |word| note(@catalog.executables[word], node, :executable, word) }
        value.scan(Words::CONSTANT) { |word| note(@catalog.constant(word), node, :string, word) }
      end
    end
  end
end
