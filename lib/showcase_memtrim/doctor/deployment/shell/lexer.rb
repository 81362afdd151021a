# frozen_string_literal: true

require "strscan"
require_relative "word"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      module Shell
        # Splits a shell's text into words and operators (POSIX shell, "Token Recognition", and Bash's redirections).
        class Lexer
          # type: :word or :operator. text: as it stands there.
          Token = Struct.new(:type, :text, :line)

          PLAIN = /[^\s\\'"$`;&|()<>]+/
          OPERATOR = /&&|\|\||;;&?|;&|\|&|[;&|()]/
          REDIRECTION = /\d*(?:<<<|<<-?|&>>|&>|>>|>&|<&|<>|>\||<|>)/
          CLOSING = {"(" => ")", "{" => "}"}.freeze

          # @param text [String] valid UTF-8, lines ended by \n
          # @param line [Integer] of its first line
          def initialize(text, line)
            @scanner = StringScanner.new(text)
            @line = line
            @heredocs = []
            @tokens = []
          end

          # @return [Array<Token>]
          # @raise [Unreadable] for a quote or a bracket that never ends
          def tokens
            token until @scanner.eos?
            @tokens << Token.new(:operator, "\n", @line)
          end

          private

          def token
            return if blank || @scanner.skip(/#[^\n]*/)
            if @scanner.skip(/\n/) then newline
            elsif (text = @scanner.scan(REDIRECTION)) then redirection(text)
            elsif (text = @scanner.scan(OPERATOR)) then @tokens << Token.new(:operator, text, @line)
            else
              line = @line
              @tokens << Token.new(:word, word, line)
            end
          end

          def newline
            @tokens << Token.new(:operator, "\n", @line)
            @line += 1
            @heredocs.shift(@heredocs.size).each { |delimiter, indented| skip_heredoc(delimiter, indented) }
          end

          # Where the output goes is no word of the command.
          def redirection(text)
            nil while blank
            target = word
            @heredocs << [Word.new(target).text, text.end_with?("-")] if text.match?(/\A\d*<<-?\z/)
          end

          def skip_heredoc(delimiter, indented)
            until @scanner.eos?
              text = @scanner.scan(/[^\n]*/)
              @line += 1 if @scanner.skip(/\n/)
              return if (indented ? text.sub(/\A\t+/, "") : text) == delimiter
            end
          end

          def blank
            return true if @scanner.skip(/[ \t\r\f\v]+/)
            @line += 1 if @scanner.skip(/\\\n/)
          end

          def word
            text = +""
            while (part = part_of_word)
              text << part
            end
            text
          end

          def part_of_word
            if @scanner.skip(/\\\n/)
              @line += 1
              ""
            elsif (plain = @scanner.scan(PLAIN)) then plain
            elsif @scanner.check(/\\/) then counted(@scanner.scan(/\\.?/m))
            elsif @scanner.check(/'/) then counted(@scanner.scan(/'[^']*'/m))
            elsif @scanner.check(/`/) then counted(@scanner.scan(/`(?:[^`\\]|\\.)*`/m))
            elsif @scanner.check(/"/) then double_quoted
            elsif @scanner.check(/\$[({]/) then bracketed
            else
              @scanner.scan("$")
            end
          end

          def double_quoted
            text = @scanner.getch
            until @scanner.check(/"/)
              text += (@scanner.check(/\$[({]/) ? bracketed : counted(@scanner.scan(/\\.|[^"\\$]+|\$/m)))
            end
            text + @scanner.getch
          end

          def bracketed
            text = @scanner.scan(/\$[({]/)
            opening = text[-1]
            depth = 1
            until depth.zero?
              part = inside_brackets
              depth += {opening => 1, CLOSING.fetch(opening) => -1}.fetch(part, 0)
              text += part
            end
            text
          end

          def inside_brackets
            return double_quoted if @scanner.check(/"/)
            return bracketed if @scanner.check(/\$[({]/)
            counted(@scanner.scan(/'[^']*'|\\.|[(){}]|[^'"\\(){}$]+|\$/m))
          end

          def counted(text)
            raise Unreadable, "line #{@line}: what opens here is not closed" unless text
            @line += text.count("\n")
            text
          end
        end
      end
    end
  end
end
