# frozen_string_literal: true

require "ripper"
require_relative "../../showcase_memtrim"
require_relative "text_edits"

module ShowcaseMemtrim
  class Trim
    # An app's config/application.rb, and what of it asks for Rails: `require "rails/all"`, or `require "rails"` with a
    # list of railties. Everything else stays as it is, to the byte.
    class ApplicationFile
      PATH = "config/application.rb"
      OURS = "showcase_memtrim/rails"
      ALL = "rails/all"
      BOM = "\xEF\xBB\xBF".b

      # What Rails' own railties are called, where nobody knows the installed ones.
      FRAMEWORKS = %r{\A(?:(?:action_(?:cable|controller|dispatch|mailbox|mailer|text|view)|active_(?:job|model|record|storage)|rails/test_unit)/(?:railtie|engine))\z}
      HEADING = /\A#\s*Pick the frameworks you want:?\z/
      COMMENTED_OUT = %r{\A#\s*require\s*\(?\s*["']([a-z_/]+)["']\s*\)?\s*(?:#.*)?\z}
      # A list in a loop, as its tokens.
      LOOP = %r{\A(?:%w.\n(?<words>(?:[a-z_/]+\n)+)\S|\[\n(?<strings>(?:["']\n[a-z_/]+\n["']\n(?:,\n)?)+)\])\n\.\neach\n(?:do|\{)\n\|\n(?<name>\w+)\n\|\n(?:begin\n)?require\n(?:\(\n)?\k<name>\n(?:\)\n)?(?:rescue\n(?:LoadError\n)?end\n)?(?:end|\})(?=\n|\z)}

      # A `require` at the top level: what it requires, and where that stands (line from 0, column in bytes).
      Required = Struct.new(:name, :line, :column, keyword_init: true)
      # A list in a loop: the railties, and its lines.
      Loop = Struct.new(:names, :lines, keyword_init: true)

      # The railties that the file itself listed, in its order: from now on they are to stand in config/memtrim.yml.
      #
      # @return [Array<String>, nil] nil: it loads all of Rails, or what config/memtrim.yml says already
      attr_reader :railties

      # @param text [String] the file's content
      # @param known [Array<String>, Regexp] Rails' own railties: others in a list stay where they are
      # @raise [Error] when what to replace can't be found
      def initialize(text, known: FRAMEWORKS)
        @given = text
        @known = known
        @bom = text.b.start_with?(BOM) ? BOM : "".b
        @text = text.b.delete_prefix(BOM)
        @result = @text
        replace unless ours?
      end

      # @return [String] as it is to be, in the encoding of the text that was given
      def to_s
        (@bom + @result).force_encoding(@given.encoding)
      end

      # @return [Boolean] false: it requires us already
      def changed?
        @result != @text
      end

      # The other way round: all of Rails, or the railties of a list, without us.
      #
      # @param railties [Array<String>, nil] nil: all of rails/all
      # @return [String] unchanged, if it does not require us
      def without_us(railties)
        required = requires.find { |each| each.name == OURS } or return @given
        edits = TextEdits.new(@text)
        rename(edits, required, railties ? "rails" : ALL)
        railties&.each { |name| edits.insert_line(required.line, "require #{name.inspect}") }
        (@bom + edits.to_s).force_encoding(@given.encoding)
      end

      private

      def ours?
        return false unless requires.any? { |required| required.name == OURS }
        all = requires.find { |required| required.name == ALL }
        raise Error, "#{PATH}:#{all.line + 1}: requires rails/all beside #{OURS}, which stands for it: take the line out" if all
        true
      end

      def replace
        @edits = TextEdits.new(@text)
        whole = requires.select { |required| required.name == ALL }
        whole.any? ? whole.each { |required| rename(@edits, required, OURS) } : replace_list
        @result = @edits.to_s
        raise Error, by_hand("the edit failed") unless Ripper.sexp(readable(@result))
      end

      def replace_list
        listed = requires.select { |required| known?(required.name) }
        @railties = (listed.map(&:name) + loops.flat_map(&:names)).uniq
        head = requires.find { |required| required.name == "rails" } || listed.first
        raise Error, by_hand("no `require \"rails/all\"` at the top level, and no `require \"rails\"` with a list of railties") if head.nil? || @railties.empty?
        lines = (listed - [head]).each { |required| check_line(required) }.map(&:line) + loops.flat_map { |each| each.lines.to_a }
        rename(@edits, head, OURS)
        @edits.delete_lines((lines + comments(head.line, [head.line, *lines].max)).uniq)
      end

      # What was commented out of the list, and its heading: they would name what is decided elsewhere.
      def comments(first, last)
        last += 1 while commented_out?(last + 1)
        (first..last).select { |number| commented_out?(number) || (comment_lines.include?(number) && line(number).strip.match?(HEADING)) }
      end

      def commented_out?(number)
        comment_lines.include?(number) && (name = line(number).strip[COMMENTED_OUT, 1]) && known?(name)
      end

      def rename(edits, required, name)
        from = edits.position(required.line, required.column)
        edits.replace(from, from + required.name.bytesize, name)
      end

      def check_line(required)
        return if line(required.line).strip.match?(/\Arequire\s*\(?\s*["']#{Regexp.escape(required.name)}["']\s*\)?\s*;?\s*(?:#.*)?\z/)
        raise Error, by_hand("line #{required.line + 1} has more than one statement")
      end

      def known?(name)
        @known.is_a?(Regexp) ? @known.match?(name) : @known.include?(name)
      end

      def by_hand(why)
        "#{PATH}: #{why}; write `require #{OURS.inspect}` by hand where it requires Rails#{", in place of the whole list of railties (that goes into config/memtrim.yml)" if @railties&.any?}"
      end

      # The statements of the top level, as Ripper has them.
      def statements
        @statements ||= (Ripper.sexp(readable(@text)) or raise Error, "#{PATH}: this is no Ruby that Ruby #{RUBY_VERSION} can read").last
      end

      def requires
        @requires ||= statements.filter_map { |statement| required(statement) }
      end

      def required(statement)
        case statement
        in [:command, [:@ident, "require", _], [:args_add_block, [argument], false]] then literal(argument)
        in [:method_add_arg, [:fcall, [:@ident, "require", _]], [:arg_paren, [:args_add_block, [argument], false]]] then literal(argument)
        else nil
        end
      end

      def literal(argument)
        case argument
        in [:paren, [Array => inside]] then literal(inside) # Ruby 3.3 and newer: a list of statements
        in [:paren, inside] then literal(inside)
        in [:string_literal, [:string_content, [:@tstring_content, name, [line, column]]]] then Required.new(name: name, line: line - 1, column: column)
        else nil
        end
      end

      # `%w[…].each { |name| require name }`
      def loops
        @loops ||= statements.filter_map { |statement| list_in_a_loop(statement) if statement.first == :method_add_block }
      end

      def list_in_a_loop(statement)
        first = tokens.index { |token| token.first == first_position(statement) } or return
        first -= (tokens[first - 1][2].start_with?("%") || tokens[first - 1][2] == "[") ? 1 : 2
        return if first.negative?
        match = LOOP.match(tokens.drop(first).map { |token| token[2].strip }.join("\n")) or return
        names = (match[:words] || match[:strings]).scan(%r{[a-z_/]+})
        last = first + match.to_s.count("\n")
        lines = (tokens[first].first.first - 1)..(tokens[last].first.first - 1)
        check_loop(lines, names) if names.any? { |name| known?(name) }
      end

      def check_loop(lines, names)
        other = names.find { |name| !known?(name) }
        raise Error, by_hand("the list at line #{lines.first + 1} has #{other}, which is no railtie of Rails'") if other
        around = Ripper.lex(readable(@text)).select { |token| lines.cover?(token.first.first - 1) && token[1] == :on_semicolon }
        raise Error, by_hand("line #{lines.first + 1} has more than one statement") if around.any?
        Loop.new(names: names, lines: lines)
      end

      def first_position(node)
        return unless node.is_a?(Array)
        return node[2] if node.first.is_a?(Symbol) && node.first.start_with?("@")
        node.filter_map { |child| first_position(child) }.min
      end

      def tokens
        @tokens ||= lexed.reject { |token| %i[on_sp on_nl on_ignored_nl on_comment on_words_sep].include?(token[1]) }
      end

      # Lines that hold a comment and nothing else.
      def comment_lines
        @comment_lines ||= lexed.group_by { |token| token.first.first - 1 }.select do |_, tokens|
          (tokens.map { |token| token[1] } - %i[on_sp on_ignored_nl on_nl]).uniq == [:on_comment]
        end.keys
      end

      def lexed
        @lexed ||= Ripper.lex(readable(@text))
      end

      def line(number)
        (@lines ||= @text.lines)[number].to_s
      end

      # Ripper wants to know in which encoding it reads; positions are bytes all the same.
      def readable(text)
        text.dup.force_encoding(Encoding::UTF_8)
      end
    end
  end
end
