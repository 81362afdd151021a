# frozen_string_literal: true

require_relative "ruby_file"
require_relative "words"

module ShowcaseMemtrim
  module Uses
    # Haml and Slim, line by line, as no parser of theirs may be here: what is code is read as Ruby, the rest as words.
    class IndentedTemplate
      CODE = /\A\s*(?:-(?!#)|&?!?==?|~)['<>]*\s*(?<code>.+)\z/
      # A tag's own line: `%a.b{href: x}= code`, `a href=x = code`.
      TAG = /\A\s*(?:[%.#][\w.#:%-]+|[a-z][\w.#:-]*(?=[\s=({\[]))(?<rest>.*)\z/
      INTERPOLATION = /#\{((?:[^{}]|\{[^{}]*\})*)\}/
      FILTER = /\A\s*(?::(?<haml>\w+)|(?<slim>[a-z]\w*):)\s*\z/
      CONSTANT = /(?<![\w:.])(?:::)?[A-Z]\w*(?:::[A-Z]\w*)*/

      # @param text [String] valid
      def self.read(notes, catalog, text, slim:)
        new(notes, catalog, slim).read(text)
      end

      def initialize(notes, catalog, slim)
        @notes = notes
        @catalog = catalog
        @slim = slim
      end

      def read(text)
        @within = nil # the indentation of what the lines are within: a comment, a filter
        pending = nil # code that goes on in the next line
        text.each_line(chomp: true).with_index(1) do |content, number|
          next if content.strip.empty?
          if pending
            pending = [pending[0] + "\n" + content, pending[1]]
            next if goes_on?(content)
            code(*pending)
            pending = nil
          elsif (indentation = content[/\A\s*/].size) && @within && indentation > @within[0]
            @ruby << content << "\n" if @within[1] == :ruby
            words(content, number) if @within[1] == :other
          else
            close
            pending = line(content, number, indentation)
          end
        end
        code(*pending) if pending
        close
      end

      private

      def close
        code(@ruby, @ruby_line) if @within && @within[1] == :ruby
        @within = nil
      end

      # @return [Array(String, Integer), nil] code that goes on
      def line(content, number, indentation)
        if comment?(content)
          @within = [indentation, :comment]
        elsif (filter = FILTER.match(content)) && (name = @slim ? filter[:slim] : filter[:haml])
          @within = [indentation, (name == "ruby") ? :ruby : :other]
          @ruby, @ruby_line = +"", number + 1
          @notes.use(@catalog.symbols[name] || @catalog.choices[Catalog.plain(name)], number, :symbol, content.strip, :call)
        elsif (found = CODE.match(content))
          return [found[:code], number] if goes_on?(content)
          code(found[:code], number)
        else
          tag(content, number)
        end
        nil
      end

      def comment?(content)
        @slim ? content.match?(%r{\A\s*/(?!!)}) : content.match?(%r{\A\s*(?:-#|/(?!\[))})
      end

      def goes_on?(content)
        content.match?(/[,\\|]\s*\z/) && !content.match?(/\|[^|]*\|\s*\z/)
      end

      def tag(content, number)
        content.scan(INTERPOLATION) { |(inner)| code(inner, number) }
        rest = TAG.match(content)&.[](:rest) or return
        rest[/(?:\A|[\s})\]])&?!?==?\s*(\S.*)\z/, 1]&.then { |inner| code(inner, number) }
        last = rest.include?("{") && rest.rindex("}")
        attributes = last ? rest[0..last] : (rest if rest.include?("="))
        words(attributes, number) if attributes
      end

      # As it stands, with its end, in a case: whatever is Ruby. If nothing is, the names in it.
      def code(text, number)
        whole = ["", "case\n", "if x\n", "begin\n"].any? do |before|
          ["", "\nend", "\n}"].any? { |after| RubyFile.read(@notes, @catalog, before + text + after, at: :call, line: number - before.count("\n")).nil? }
        end
        return if whole
        text.scan(CONSTANT) { |name| refer(name, number) }
        text.scan(/(?<![\w:])[a-z_]\w*[?!]?/) { |name| @notes.use(@catalog.methods[name.to_sym], number, :method, name, :call) }
      end

      def refer(name, number)
        return unless @catalog.segment?(name.delete_prefix("::")[/\A[^:]+/])
        @notes.references << Reference.new(path: name, nesting: [], line: number, how: :constant, what: name, at: :call, opens: false)
      end

      def words(content, number)
        content.scan(CONSTANT) { |name| refer(name, number) }
        content.scan(/["']([^"']+)["']/) { |(text)| @notes.use(@catalog.assets.named(text), number, :asset, text, :call) } if @catalog.assets.any?
      end
    end
  end
end
