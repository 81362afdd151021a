# frozen_string_literal: true

require_relative "../rule"

module ShowcaseMemtrim
  class Doctor
    module Rules
      # A web process that runs as development, and an image that has the gems for it.
      class ProductionEnvironment < Rule
        NAMES = %w[RAILS_ENV RACK_ENV].freeze
        # Files that may set it before Rails is there.
        SETTERS = %w[config/boot.rb config/environment.rb config.ru bin/rails config/puma.rb].freeze
        WITHOUT = %w[BUNDLE_WITHOUT BUNDLE_ONLY].freeze

        def findings
          return [] unless app.serves?
          [environment, gems].compact
        end

        private

        def environment
          web = deployment.web or return
          return if chosen_by_command?(web.command) || SETTERS.any? { |file| text(file).include?("RAILS_ENV") }
          name = NAMES.find { |each| web.env.set?(each) }
          return other(web.env.variable(name)) if name
          not_set(web) if web.env.complete?
        end

        def other(variable)
          return unless variable.sure && %w[development test].include?(variable.value)
          finding(
            file: variable.file, line: variable.line, problem: "the web process runs as #{variable.value}: #{variable.name} is #{variable.value}", why: WHY,
            edit: "#{variable.name}=#{app.env} in place of #{variable.value}"
          )
        end

        def not_set(web)
          file, line = deployment.image ? [deployment.image.file, deployment.image.stage.line] : [web.file, web.line]
          finding(
            file: file, line: line, problem: "the web process runs as development: nothing here sets RAILS_ENV, and development is what Rails takes then", why: WHY,
            edit: deployment.image ? "below that line: ENV RAILS_ENV=\"#{app.env}\" (if what starts the container sets it: give its variables by --env-file)" : "RAILS_ENV=#{app.env} among its variables"
          )
        end

        WHY = "Development reloads code, keeps what it needs to do so, requires the gems of its group and logs at debug: all of that stays in memory."

        def chosen_by_command?(command)
          command.any? { |word| word.match?(/\A(?:-e|--environment|-E|--env)/) }
        end

        # What is installed is also set up: Bundler keeps a specification and a load path for each gem.
        def gems
          return unless deployment.image&.stage&.known_image? && groups.any?
          command = deployment.image.commands.find { |one| install?(one) } or return
          return if WITHOUT.any? { |name| command.env.set?(name) || deployment.environment.set?(name) } || said_before?
          finding(
            file: deployment.image.file, line: command.line, problem: "the image has the gems of the group#{"s" if groups.size > 1} #{groups.join(" and ")}: nothing tells Bundler to leave them out",
            why: "At each boot Bundler reads the specification of every gem that is installed and keeps it, with a load path for each; whatever asks whether such a gem is there finds it.",
            edit: "ENV BUNDLE_WITHOUT=\"#{groups.join(":")}\" above that line"
          )
        end

        def install?(command)
          command.argv.first(2) == %w[bundle install] || (command.argv == %w[bundle]) || command.argv.first(2) == %w[bundler install]
        end

        def said_before?
          deployment.image.commands.any? { |command| command.argv.join(" ").match?(/\bbundler? (?:config|install)\b.*\b(?:without|only|with)\b/) } ||
            %w[.bundle/config .bundle/config.production].any? { |file| text(file).match?(/BUNDLE_(?:WITHOUT|ONLY)/) } ||
            deployment.image.stages.any? { |stage| stage.all_instructions.any? { |one| one.text.match?(/BUNDLE_(?:WITHOUT|ONLY)|BUNDLE_APP_CONFIG=/) } }
        end

        # Groups of the Gemfile that are none of production's.
        def groups
          @groups ||= app.gemfile.entries.flat_map(&:groups).uniq.map(&:to_s) & %w[development test]
        end

        def text(file)
          deployment.found.text(file).to_s
        end

        def deployment
          app.deployment
        end
      end
    end
  end
end
