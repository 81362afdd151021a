# frozen_string_literal: true

require "strscan"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      module Shell
        # One word of a command, as it stands there, with its quotes.
        class Word
          NAME = /[A-Za-z_][A-Za-z0-9_]*/
          # `$(echo /usr/lib/*/libjemalloc.so.2)`: the file's name, by a pattern
          ECHO = /\A\$\(\s*(?:echo|ls)\s+([^\s$`;|&()<>"']+)\s*\)\z/

          # @return [String]
          attr_reader :raw

          def initialize(raw)
            @raw = raw
          end

          # @return [String] quotes taken off, variables left as they are ("$PORT")
          def text
            parts.map(&:last).join
          end

          # @param lookup [#call] a variable's name → its value, "" if it is not set, nil if that can't be told
          # @return [String, nil] nil: it can't be told without running something
          def expand(lookup)
            values = parts.map do |kind, value|
              case kind
              when :variable then expansion(value, lookup)
              when :command then value[ECHO, 1]
              else value
              end
            end
            values.join unless values.include?(nil)
          end

          # @return [Array(String, Word), nil] of `NAME=value`
          def assignment
            match = raw.match(/\A(#{NAME})=/o)
            [match[1], Word.new(match.post_match)] if match
          end

          # Written with a quote, so that it is no keyword.
          def quoted?
            raw.match?(/['"\\]/)
          end

          private

          def parts
            @parts ||= scan(raw)
          end

          def scan(text)
            scanner = StringScanner.new(text)
            found = []
            found.concat(part(scanner)) until scanner.eos?
            found
          end

          def part(scanner)
            if scanner.scan("\\\n") then []
            elsif scanner.scan(/\\(.)/m) then [[:text, scanner[1]]]
            elsif scanner.scan(/'([^']*)'/m) then [[:text, scanner[1]]]
            elsif scanner.skip(/"/) then in_quotes(scanner)
            else
              expanded(scanner) || [[:text, scanner.scan(/[^\\'"$`]+/) || scanner.getch]]
            end
          end

          def in_quotes(scanner)
            found = []
            until scanner.eos? || scanner.skip(/"/)
              found.concat(
                if scanner.scan(/\\([$`"\\])/) then [[:text, scanner[1]]]
                elsif scanner.scan("\\\n") then []
                else
                  expanded(scanner) || [[:text, scanner.scan(/[^\\"$`]+/) || scanner.getch]]
                end
              )
            end
            found
          end

          def expanded(scanner)
            if scanner.scan(/\$(#{NAME})/o) then [[:variable, scanner.matched]]
            elsif scanner.check(/\$\{/) then [[:variable, balanced(scanner, "{", "}")]]
            elsif scanner.check(/\$\(/) then [[:command, balanced(scanner, "(", ")")]]
            elsif scanner.scan(/`[^`]*`|\$[0-9@*#?$!-]/) then [[:command, scanner.matched]]
            end
          end

          def balanced(scanner, opening, closing)
            text = scanner.getch
            depth = 0
            until scanner.eos?
              char = scanner.getch
              text += char
              depth += {opening => 1, closing => -1}.fetch(char, 0)
              break if depth.zero?
            end
            text
          end

          # $X, ${X}, ${X:-word}, ${X-word}, ${X:=word}, ${X:+word}, ${X+word}
          def expansion(text, lookup)
            match = text.match(/\A\$\{?(#{NAME})(?:(:?[-=+])(.*))?\}?\z/mo) or return
            value = lookup.call(match[1])
            operator = match[2] or return value
            return if value.nil? || (!operator.start_with?(":") && value.empty?) # set to nothing, or not set: not told apart
            other = Word.new(match[3].delete_suffix("}"))
            return value.empty? ? "" : other.expand(lookup) if operator.end_with?("+")
            value.empty? ? other.expand(lookup) : value
          end
        end
      end
    end
  end
end
