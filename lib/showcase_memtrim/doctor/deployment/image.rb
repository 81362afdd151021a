# frozen_string_literal: true

require_relative "dockerfile"
require_relative "launch"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # The image that a Dockerfile makes: what is in it, and what it starts.
      class Image
        # How packages are asked for, and what belongs to the programs' names.
        INSTALLERS = {"apt-get" => "install", "apt" => "install", "apk" => "add", "yum" => "install", "dnf" => "install", "microdnf" => "install", "aptitude" => "install"}.freeze

        # @return [Dockerfile]
        attr_reader :dockerfile

        # @param root [String] the app's directory
        # @param dockerfile [Dockerfile] with at least one stage
        # @param target [String, nil] the stage it ends with; nil: the last
        def initialize(root, dockerfile, target: nil)
          @root = root
          @dockerfile = dockerfile
          @stage = (target && dockerfile.stage(target)) || dockerfile.final
        end

        # @return [String]
        def file
          dockerfile.file
        end

        # @return [Stage]
        attr_reader :stage

        # @return [Environment] by ENV
        def environment
          stage.environment
        end

        # The stages whose files it has: its own, and those that it copies from.
        #
        # @return [Array<Stage>]
        def stages
          found = [stage]
          found.each { |one| (one.copied_from + chain(one).drop(1).flat_map(&:copied_from)).each { |other| found << other unless found.include?(other) } }
        end

        # What is run to make it, once each, in the order of the stages.
        #
        # @return [Array<Shell::Script::Command>]
        def commands
          stages.reverse.flat_map(&:commands).uniq { |command| [command.line, command.argv] }
        end

        # @param package [Regexp, String] the name of a system's package
        # @return [Boolean] whether the image itself (no other stage's) is given it
        def installs?(package)
          !install(package).nil?
        end

        # @return [Array(String, Integer), nil] where it is installed
        def install(package)
          command = stage.commands.find { |one| packages(one.argv).any? { |name| package === name.split(/[=~<>]/).first } } # rubocop:disable Style/CaseEquality
          [file, command.line] if command
        end

        # @return [Launch] which reads scripts of the app as they stand in the image
        def launch
          @launch ||= Launch.new(@root, copied: copied, files: ->(path) { file_in_image(path) })
        end

        # @param words [Array<String>, nil] in place of its own CMD
        # @param text [String, nil] the same, for a shell
        # @param env [Environment] of the container
        # @return [Array<Launch::Step>] what it starts, entrypoint first
        def start(words: nil, text: nil, env: environment, file: nil, line: nil, entrypoint: stage.last("ENTRYPOINT"))
          command = stage.last("CMD")
          file, line = self.file, (command || entrypoint || stage).line unless file
          words ||= %w[/bin/sh -c] + [text] if text
          words ||= command.exec_form || ["/bin/sh", "-c", command.text] if command
          words ||= []
          if entrypoint
            first = entrypoint.exec_form
            words = first ? first + words : ["/bin/sh", "-c", entrypoint.text]
          end
          words.empty? ? [] : launch.argv(words, env, file, line)
        end

        # Programs that set no variables for what they start.
        PLAIN = %w[tini dumb-init catatonit sh bash ash dash env bundle bundler ruby rails puma rackup thrust foreman overmind hivemind exec nice gosu su-exec].freeze

        # @return [Boolean] whether what its ENTRYPOINT does with variables is known
        def reads_entrypoint?
          words = stage.last("ENTRYPOINT")&.exec_form or return true
          words.empty? || PLAIN.include?(File.basename(words.first)) || !launch.app_file(words.first).nil?
        end

        private

        def chain(stage)
          stage.base ? [stage, *chain(stage.base)] : [stage]
        end

        def packages(argv)
          name = File.basename(argv.first.to_s)
          rest = (name == "sudo") ? argv.drop(1) : argv
          verb = INSTALLERS[File.basename(rest.first.to_s)]
          return [] unless verb && rest.include?(verb)
          rest.drop(rest.index(verb) + 1).reject { |word| word.start_with?("-") }.flat_map(&:split)
        end

        # COPY docker/entrypoint.sh /usr/local/bin/
        def copied
          stages.flat_map(&:all_instructions).select { |instruction| %w[COPY ADD].include?(instruction.name) && !instruction.flag("from") }.each_with_object({}) do |instruction, found|
            words = instruction.exec_form || instruction.text.gsub("\\\n", " ").split.reject { |word| word.start_with?("--") }
            *sources, target = words
            sources.each do |source|
              next if source == "."
              into = target.end_with?("/") || sources.size > 1
              found[Text.path(into ? File.join(target, File.basename(source)) : target, stage.working_directory)] = source.delete_prefix("./")
            end
          end
        end

        # Only for the library that Rails' own entrypoint looks for.
        def file_in_image(path)
          return unless path.match?(/libjemalloc[^\/]*\.so/)
          installs?(/\Alibjemalloc|\Ajemalloc/) || (environment.complete? ? false : nil)
        end
      end
    end
  end
end
