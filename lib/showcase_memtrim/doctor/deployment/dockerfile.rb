# frozen_string_literal: true

require "json"
require_relative "shell"
require_relative "stage"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # A Dockerfile: its stages, the last of which is the image.
      class Dockerfile
        # name: in capitals. text: what follows it, with line ends where it has them, so that lines can be counted.
        # heredocs: [text, line] of each.
        Instruction = Struct.new(:name, :text, :line, :heredocs, keyword_init: true) do
          # @return [Array<String>, nil] the exec form's words; nil: the shell form
          def exec_form
            words = JSON.parse(text) if text.start_with?("[")
            words if words.is_a?(Array) && words.all?(String)
          rescue JSON::ParserError
            nil
          end

          # `--from=build`
          def flag(name)
            text[/(?:\A|\s)--#{name}=(\S+)/, 1]
          end
        end

        HEREDOC = /<<(-?)\s*(["']?)([A-Za-z_][A-Za-z0-9_.]*)\2/

        # @return [String] below the app's directory
        attr_reader :file
        # @return [Array<Stage>]
        attr_reader :stages

        # @param text [String]
        # @param file [String]
        def initialize(text, file)
          @file = file
          @escape = text[/\A(?:#[^\n]*\n)*?#\s*escape\s*=\s*(`)/, 1] || "\\"
          @lines = text.lines(chomp: true)
          @stages = []
          @arguments = Environment.new
          instructions.each { |instruction| take(instruction) }
        end

        # @return [Stage, nil] nil: there is no FROM
        def final
          stages.last
        end

        # @param name [String] a stage's name or number
        # @return [Stage, nil]
        def stage(name)
          stages.find { |stage| stage.name&.casecmp?(name) } || (stages[Integer(name)] if name.match?(/\A\d+\z/))
        end

        # @return [Boolean] whether it says how to make the app's image
        def app?
          stages.any?
        end

        private

        def take(instruction)
          case instruction.name
          when "FROM" then from(instruction)
          when "ARG" then @stages.empty? ? argument(instruction) : @stages.last.instructions << instruction
          else @stages.last&.instructions&.push(instruction)
          end
        end

        def argument(instruction)
          name, value = instruction.text.split("=", 2)
          return unless value
          @arguments.set(Variable.new(name: name, value: Shell::Word.new(value.strip).expand(@arguments.method(:lookup)), file: file, line: instruction.line))
        end

        def from(instruction)
          words = instruction.text.split.reject { |word| word.start_with?("--") }
          image = Shell::Word.new(words[0].to_s).expand(@arguments.method(:lookup))
          name = words[2] if words[1]&.casecmp?("as")
          @stages << Stage.new(self, image: image, name: name, base: image && stage(image), line: instruction.line, arguments: @arguments)
        end

        def instructions
          found = []
          at = 0
          while at < @lines.size
            if blank?(@lines[at])
              at += 1
              next
            end
            instruction, at = instruction_at(at)
            found << instruction if instruction
          end
          found
        end

        def instruction_at(first)
          text, at = logical_line(first)
          name, rest = text.lstrip.split(/[ \t\n]+/, 2)
          name = name.to_s.upcase
          heredocs, at = heredocs(rest.to_s, at) if %w[RUN COPY ADD].include?(name)
          [Instruction.new(name: name, text: rest.to_s, line: first + 1, heredocs: heredocs || []), at]
        end

        # Comments and empty lines between continued lines are taken out, as Docker does; the lines stay counted.
        def logical_line(first)
          text = +""
          at = first
          loop do
            line = @lines[at]
            at += 1
            if at > first + 1 && blank?(line)
              text << "\\\n"
              break if at >= @lines.size
              next
            end
            continued = line.match(/#{Regexp.escape(@escape)}[ \t]*\z/)
            return [text << line, at] unless continued && at < @lines.size
            text << continued.pre_match << "\\\n"
          end
          [text, at]
        end

        def heredocs(text, at)
          found = text.scan(HEREDOC).map do |dash, _, delimiter|
            first = at
            at += 1 until at >= @lines.size || (dash.empty? ? @lines[at] : @lines[at].sub(/\A\t+/, "")) == delimiter
            body = @lines[first...at].join("\n")
            at += 1
            [body, first + 1]
          end
          [found, at]
        end

        def blank?(line)
          line.match?(/\A\s*(?:#|\z)/)
        end
      end
    end
  end
end
