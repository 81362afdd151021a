# frozen_string_literal: true

require_relative "ruby_launcher"
require_relative "server"
require_relative "shell"
require_relative "text"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # What a command comes to, through the scripts of the app that stand before it (an entrypoint, bin/start).
      class Launch
        # One program that is started, with what it gets.
        Step = Struct.new(:argv, :env, :file, :line, :sure, keyword_init: true)

        SHELLS = %w[sh bash dash ash zsh].freeze
        DEEPEST = 6
        ALL = ["$@", "${@}"].freeze

        # @param root [String] the app's directory
        # @param copied [Hash{String => String}] paths in the image → files of the app
        # @param files [#call] a path → whether the container has it
        def initialize(root, copied: {}, files: ->(_) {})
          @root = root
          @copied = copied
          @files = files
          @read = []
        end

        # @return [Array<String>] scripts that were read
        attr_reader :read

        # @param text [String] for a shell
        # @return [Array<Step>]
        def shell(text, env, file, line, rest: [], depth: 0)
          script = Shell::Script.new(text, file: file, line: line, environment: env, files: @files)
          script.commands.flat_map do |command|
            words = command.argv.flat_map { |word| ALL.include?(word) ? rest : [word] }
            next [] if words.empty?
            argv(words, command.env, file, command.line, sure: command.sure, depth: depth + 1)
          end
        end

        # @param words [Array<String>]
        # @return [Array<Step>]
        def argv(words, env, file, line, sure: true, depth: 0)
          step = Step.new(argv: words, env: env, file: file, line: line, sure: sure)
          return [step] if depth > DEEPEST
          words = words.drop(1).drop_while { |word| word.start_with?("-") } if %w[tini dumb-init catatonit].include?(File.basename(words.first)) && words.size > 1
          if SHELLS.include?(File.basename(words.first))
            index = words.index { |word| word.match?(/\A-\w*c\z/) }
            return (index && words[index + 1]) ? doubting(shell(words[index + 1], env, file, line, rest: words.drop(index + 3), depth: depth), sure) : script(words.drop(1).drop_while { |word| word.start_with?("-") }, step, depth)
          end
          words = words.drop(1) if %w[. source].include?(words.first)
          script(words, step, depth)
        end

        # @param path [String] as a command has it
        # @return [String, nil] below the app's directory
        def app_file(path)
          return @copied[path] if @copied[path] && file?(@copied[path])
          plain = path.delete_prefix("./")
          return plain if !plain.start_with?("/") && file?(plain)
          parts = plain.delete_prefix("/").split("/")
          # /rails/bin/docker-entrypoint: the app's directory in the image is known by what it holds
          (1..[parts.size - 2, 4].min).map { |count| parts.drop(count).join("/") }.find { |rest| file?(rest) }
        end

        private

        def script(words, step, depth)
          file = words.first && app_file(words.first)
          text = file && Text.read(File.join(@root, file))
          return ruby(text, file, step, depth) if text&.match?(/\A#!.*\bruby\b/)
          script = text && (text.match?(/\A#!.*\b(?:ba|da|a|z)?sh\b/) || file.end_with?(".sh"))
          return [step] unless script
          @read << file unless @read.include?(file)
          found = shell(text, step.env, file, 1, rest: words.drop(1), depth: depth)
          found.empty? ? [step] : doubting(found, step.sure)
        end

        # A Ruby program that ends with `exec`.
        def ruby(text, file, step, depth)
          launcher = RubyLauncher.new(text, file)
          return [step] unless launcher.argv
          @read << file unless @read.include?(file)
          doubting(argv(launcher.argv, step.env.with(launcher.variables), file, launcher.line, depth: depth + 1), step.sure)
        end

        def doubting(steps, sure)
          steps.each { |step| step.sure &&= sure }
        end

        def file?(path)
          File.file?(File.join(@root, path))
        end
      end
    end
  end
end
