# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # What becomes of Bootsnap's cache while an image is made (Bootsnap::CLI: `precompile --gemfile app/ lib/`, into
      # BOOTSNAP_CACHE_DIR or tmp/cache).
      class BootsnapCache
        CLEARING = /\A(?:tmp:clear|tmp:cache:clear)\z/

        # @param deployment [Deployment] with an image
        def initialize(deployment)
          @deployment = deployment
          @image = deployment.image
          @steps = @image.stages.reverse.flat_map { |stage| steps(stage) }.uniq { |_, command| [command.line, command.argv] }
        end

        # @return [Boolean] whether all that makes the image is known: not so if it is made from another of somebody's, or
        #   runs programs of the app that are not read here
        def known?
          @image.stages.all?(&:known_image?) && @steps.any? { |_, command| install?(command) } && @steps.none? { |_, command| own_program?(command) } && !at_start?
        end

        # @return [Boolean] whether what is loaded from gems is compiled: by Bootsnap's own command, or by booting the app
        def gems?
          precompiles.any? { |command| command.argv.include?("--gemfile") } || boots?
        end

        # @return [Boolean]
        def app?
          precompiles.any? { |command| command.argv.any? { |word| word.match?(%r{\A(?:\./)?(?:app/?|\.|\*)\z}) || word.end_with?("/app", "/app/") } }
        end

        # @return [Shell::Script::Command, nil] the last that fills it
        def filled
          precompiles.last
        end

        # @return [Stage, nil]
        def filled_stage
          @steps.reverse.find { |_, command| command.equal?(filled) }&.first
        end

        # @return [Shell::Script::Command, nil] what takes it away after it was filled
        def cleared
          at = @steps.index { |_, command| command.equal?(filled) } or return
          @steps.drop(at + 1).map(&:last).find { |command| clears?(command) }
        end

        # @return [Boolean] whether the process looks for it in another directory
        def elsewhere
          there = @deployment.environment.value("BOOTSNAP_CACHE_DIR") or return false
          !filled.nil? && filled.env.complete? && filled.env.value("BOOTSNAP_CACHE_DIR") != there && !filled.argv.join(" ").include?("--cache-dir")
        end

        # @return [Boolean] whether the image has the directory of the stage where it is filled
        def copied?
          stage = filled_stage
          return true if stage.nil? || own_stages.include?(stage)
          sources = @image.stages.flat_map(&:instructions).select { |one| one.name == "COPY" && one.flag("from") }.select { |one| stage.dockerfile.stage(one.flag("from")) && [stage.dockerfile.stage(one.flag("from")), *chain(stage.dockerfile.stage(one.flag("from")))].include?(stage) }
          sources.any? { |one| one.text.split.reject { |word| word.start_with?("--") }[0...-1].any? { |source| covers?(source) } }
        end

        # @return [String] where it is
        def directory
          cache = filled&.env&.value("BOOTSNAP_CACHE_DIR") || "tmp/cache"
          Text.path(cache, (filled_stage || @image.stage).working_directory)
        end

        # @return [String]
        def file
          @image.file
        end

        # @return [Integer] of `bundle install`
        def install_line
          @steps.map(&:last).find { |command| install?(command) }.line
        end

        private

        def steps(stage)
          stage.commands.flat_map { |command| followed(command) }.map { |command| [owner(stage, command), command] }
        end

        # A stage's commands have those of the stages it is made from.
        def owner(stage, command)
          stage.base&.commands&.include?(command) ? owner(stage.base, command) : stage
        end

        # Scripts that the image's making runs.
        def followed(command)
          found = @image.launch.argv(command.argv, command.env, file, command.line)
          (found.size == 1 && found.first.argv == command.argv) ? [command] : found.map { |step| Shell::Script::Command.new(argv: step.argv, env: step.env, line: command.line, sure: step.sure) }
        end

        def precompiles
          @precompiles ||= @steps.map(&:last).select { |command| (words = Server.plain(command.argv)) && words[0] == "bootsnap" && words[1] == "precompile" }
        end

        # A task of the app's boots it, and what that compiles is in the image unless it is taken away again.
        def boots?
          at = @steps.rindex { |_, command| %w[rails rake].include?((words = Server.plain(command.argv)).first) && words.drop(1).any? { |word| word.match?(/\A\w+(?::\w+)+\z|\Arunner\z/) } && words.none?(CLEARING) }
          !at.nil? && @steps.drop(at + 1).none? { |_, command| clears?(command) }
        end

        def install?(command)
          command.argv.first(2) == %w[bundle install] || command.argv == %w[bundle]
        end

        def clears?(command)
          words = Server.plain(command.argv)
          return words.any?(CLEARING) if %w[rails rake].include?(words.first)
          words.first == "rm" && words.drop(1).any? { |word| !word.start_with?("-") && covers?(word.sub(%r{/?\*\z}, "")) && words.any? { |flag| flag.match?(/\A-\w*[rR]/) } }
        end

        # Whether a path is the cache's directory, or one above it in the app's.
        def covers?(path)
          working = (filled_stage || @image.stage).working_directory
          path = Text.path(path, working)
          "#{directory}/bootsnap/".start_with?("#{path}/") && path.length > 1
        end

        def own_program?(command)
          name = command.argv.first.to_s
          file = @image.launch.app_file(name)
          (file && !%w[rails rake bundle thrust bootsnap].include?(File.basename(file)) && Server.plain(command.argv).first == File.basename(name)) || %w[make just task].include?(name)
        end

        def at_start?
          @image.start.any? { |step| Server.plain(step.argv).first(2) == %w[bootsnap precompile] }
        end

        def own_stages
          [@image.stage, *chain(@image.stage)]
        end

        def chain(stage)
          stage.base ? [stage.base, *chain(stage.base)] : []
        end
      end
    end
  end
end
