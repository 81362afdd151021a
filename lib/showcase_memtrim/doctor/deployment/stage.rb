# frozen_string_literal: true

require_relative "shell"
require_relative "text"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # A stage of a Dockerfile, with those that it is made from.
      class Stage
        # Images that set no variable and install nothing that matters here: Ruby's own, and bare systems.
        KNOWN = %r{\A(?:(?:docker\.io|index\.docker\.io|registry\.docker\.com|mirror\.gcr\.io|public\.ecr\.aws/docker)/)?(?:library/)?(?:ruby|debian|ubuntu|alpine|fedora|almalinux|rockylinux|amazonlinux|buildpack-deps)(?=[:@]|\z)}
        MUSL = %r{(?:\A|/)(?:alpine(?=[:@]|\z)|ruby:[^@]*alpine)}

        # @return [Dockerfile]
        attr_reader :dockerfile
        # @return [String, nil] the name of the image it is made from; nil: can't be told
        attr_reader :image
        # @return [String, nil]
        attr_reader :name
        # @return [Stage, nil] the stage it is made from
        attr_reader :base
        # @return [Integer] of its FROM
        attr_reader :line
        # @return [Array<Dockerfile::Instruction>] its own
        attr_reader :instructions

        def initialize(dockerfile, image:, name:, base:, line:, arguments:)
          @dockerfile = dockerfile
          @image = image
          @name = name
          @base = base
          @line = line
          @arguments = arguments
          @instructions = []
        end

        # @return [Array<Dockerfile::Instruction>] with those of the stages it is made from
        def all_instructions
          (base&.all_instructions || []) + instructions
        end

        # @return [String, nil] the image that the first of the stages is made from
        def root_image
          base ? base.root_image : image
        end

        # @return [Boolean] whether that image sets no variables of its own that matter
        def known_image?
          root_image&.match?(KNOWN) || false
        end

        # @return [Boolean] whether its C library is musl
        def musl?
          root_image&.match?(MUSL) || false
        end

        # @return [Environment] variables by ENV, with ARGs' defaults put in
        def environment
          read_variables
          @environment
        end

        # @return [Array<Shell::Script::Command>] what RUN runs, those of the stages it is made from too
        def commands
          read_variables
          @commands
        end

        # @return [Array<Stage>] stages that files are copied from, theirs too
        def copied_from
          all_instructions.select { |instruction| instruction.name == "COPY" }
            .filter_map { |instruction| instruction.flag("from") }.filter_map { |name| dockerfile.stage(name) }.uniq
        end

        # @return [String] where its commands run
        def working_directory
          all_instructions.select { |instruction| instruction.name == "WORKDIR" }.reduce("/") { |path, instruction| Text.path(instruction.text.strip.delete(%("')), path) }
        end

        # @return [Dockerfile::Instruction, nil] the last of that name: only it counts
        def last(name)
          all_instructions.reverse.find { |instruction| instruction.name == name }
        end

        private

        def read_variables
          @environment ||= begin
            @commands = base ? base.commands.dup : []
            @known = base ? base.arguments_known.dup : {}
            set = (base ? base.environment : Environment.new([], complete: known_image?)).with([])
            instructions.each { |instruction| read(instruction, set) }
            set
          end
        end

        def read(instruction, set)
          case instruction.name
          when "ENV" then assignments(instruction, set).each { |variable| set.set(variable) }
          when "ARG" then argument(instruction, set)
          when "RUN" then @commands.concat(run(instruction, set))
          end
        end

        def run(instruction, set)
          set = set.with(@known.filter_map { |name, value| Variable.new(name: name, value: value, file: dockerfile.file, line: instruction.line) unless set.set?(name) })
          words = instruction.exec_form
          return [Shell::Script::Command.new(argv: words, env: set, line: instruction.line, sure: true)] if words
          text = instruction.text.sub(/\A(?:--\S+(?:\\\n|\s)+)+/) { |flags| "\\\n" * flags.count("\n") }
          # The instruction's heredoc is the script, or the input of a command.
          text, line = instruction.heredocs.first if text.match?(/\A<<-?\s*\S+\s*\z/) && instruction.heredocs.any?
          Shell::Script.new(text, file: dockerfile.file, line: line || instruction.line, environment: set).commands
        end

        def argument(instruction, set)
          name, value = instruction.text.strip.split("=", 2)
          @known[name] = value ? Shell::Word.new(value).expand(->(other) { @known[other] || set.lookup(other) }) : @arguments.value(name)
        end

        # ENV NAME=value NAME="other value", or the old form ENV NAME value
        def assignments(instruction, set)
          lookup = ->(name) { (set.set?(name) || !@known.key?(name)) ? set.lookup(name) : @known[name] }
          tokens = Shell::Lexer.new(instruction.text, instruction.line).tokens.select { |token| token.type == :word }
          if tokens.first && !tokens.first.text.include?("=")
            name, value = instruction.text.split(/\s+/, 2)
            return [variable(name, Shell::Word.new(value.to_s.strip), instruction.line, lookup)]
          end
          tokens.filter_map do |token|
            name, word = Shell::Word.new(token.text).assignment
            variable(name, word, token.line, lookup) if name
          end
        rescue Shell::Unreadable
          []
        end

        def variable(name, word, line, lookup)
          Variable.new(name: name, value: word.expand(lookup), text: word.text, file: dockerfile.file, line: line)
        end

        protected

        def arguments_known
          read_variables
          @known
        end
      end
    end
  end
end
