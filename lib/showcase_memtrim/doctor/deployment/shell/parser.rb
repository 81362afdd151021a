# frozen_string_literal: true

require_relative "lexer"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      module Shell
        # One command with its words. assignments: name → Word, of those before it. joined: the operator before it ("&&",
        # "||", "|", "&"; nil: a command of its own). background: it is not waited for.
        Simple = Struct.new(:assignments, :words, :line, :joined, :background, keyword_init: true)
        # condition, body: lists of nodes; otherwise: a list, with an If for each elif.
        If = Struct.new(:condition, :body, :otherwise, :joined, :background, keyword_init: true)
        # What runs perhaps: a loop, a branch of a case, a function.
        Perhaps = Struct.new(:body, :joined, :background, keyword_init: true)
        Group = Struct.new(:body, :joined, :background, keyword_init: true)

        # Reads commands, as far as they matter here: what is run, in what order, and what must hold for it.
        class Parser
          ENDS = %w[then elif else fi do done esac }].freeze

          # @param tokens [Array<Lexer::Token>]
          def initialize(tokens)
            @tokens = tokens
            @at = 0
          end

          # @return [Array<Simple, If, Perhaps, Group>]
          # @raise [Unreadable]
          def nodes
            found = list([])
            raise Unreadable, "line #{peek.line}: #{peek.text}" if peek
            found
          end

          private

          # Up to one of the words.
          def list(ends)
            found = []
            joined = nil
            while (token = peek) && !ends.include?(keyword(token)) && !(token.type == :operator && [")", ";;", ";&", ";;&"].include?(token.text))
              if token.type == :operator && token.text != "("
                advance
                found.last.background = true if token.text == "&" && found.any?
                joined = token.text if %w[&& || | |&].include?(token.text)
                joined = nil if [";", "&"].include?(token.text)
              else
                node = command
                node.joined = joined
                joined = nil
                found << node
              end
            end
            found
          end

          def command
            token = peek
            if token.type == :operator # (
              advance
              return Group.new(body: ending(list([])) { operator(")") })
            end
            case keyword(token)
            when "if" then advance && condition
            when "while", "until" then advance && loop_
            when "for", "select" then advance && for_
            when "case" then advance && case_
            when "{" then advance && Group.new(body: ending(list(["}"])) { word("}") })
            when "function"
              advance
              advance
              2.times { advance if peek&.type == :operator && ["(", ")"].include?(peek.text) }
              Perhaps.new(body: [command])
            when *ENDS then raise Unreadable, "line #{token.line}: #{token.text}"
            else simple
            end
          end

          def condition
            held = list(["then"])
            word("then")
            body = list(%w[elif else fi])
            otherwise =
              case keyword(peek)
              when "elif" then advance && [condition]
              when "else" then advance && ending(list(["fi"])) { word("fi") }
              else
                word("fi")
                []
              end
            If.new(condition: held, body: body, otherwise: otherwise)
          end

          def loop_
            held = list(["do"])
            word("do")
            Perhaps.new(body: held + ending(list(["done"])) { word("done") })
          end

          def for_
            advance until peek.nil? || keyword(peek) == "do"
            word("do")
            Perhaps.new(body: ending(list(["done"])) { word("done") })
          end

          def case_
            body = []
            advance until peek.nil? || keyword(peek) == "in"
            word("in")
            until keyword(peek) == "esac"
              raise Unreadable, "a case that never ends" unless peek
              next advance if peek.type == :operator && peek.text != "("
              advance until peek.nil? || (peek.type == :operator && peek.text == ")")
              operator(")")
              body.concat(list(["esac"]))
            end
            word("esac")
            Perhaps.new(body: body)
          end

          def simple
            line = peek.line
            assignments = {}
            words = []
            test = keyword(peek) == "[["
            while (token = peek) && (token.type == :word || (test && token.text != "\n"))
              advance
              word = Word.new(token.text)
              name, value = (words.empty? && token.type == :word) ? word.assignment : nil
              name ? assignments[name] = value : words << word
              test = false if test && token.text == "]]"
            end
            return function if words.size == 1 && assignments.empty? && function_follows?
            Simple.new(assignments: assignments, words: words, line: line)
          end

          def function_follows?
            @tokens[@at]&.text == "(" && @tokens[@at + 1]&.text == ")"
          end

          def function
            2.times { advance }
            advance while peek&.text == "\n"
            raise Unreadable, "a function without a body" unless peek
            Perhaps.new(body: [command])
          end

          def ending(body)
            yield
            body
          end

          def word(text)
            raise Unreadable, "line #{peek&.line}: #{text} is missing" unless keyword(peek) == text
            advance
          end

          def operator(text)
            raise Unreadable, "line #{peek&.line}: #{text} is missing" unless peek&.type == :operator && peek.text == text
            advance
          end

          def keyword(token)
            token.text if token&.type == :word
          end

          def peek
            @tokens[@at]
          end

          def advance
            @at += 1
          end
        end
      end
    end
  end
end
