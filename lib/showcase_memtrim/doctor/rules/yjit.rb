# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    module Rules
      # YJIT on, by the environment, by a line of the app's, or by Rails without being asked.
      #
      # Rails 7.2 and newer: load_defaults 7.2 sets config.yjit, 8.1 for other than development and test
      # (Rails::Application::Configuration#load_defaults), and an initializer calls RubyVM::YJIT.enable
      # (Rails::Application::Finisher), which Ruby has since 3.3. So no variable of the environment keeps it off.
      class Yjit < Rule
        RUBY = Gem::Version.new("3.3")
        # RUBY_YJIT_ENABLE is read since Ruby 3.2.
        VARIABLE = "RUBY_YJIT_ENABLE"
        VARIABLE_SINCE = Gem::Version.new("3.2")
        RAILS = Gem::Version.new("7.2")

        def findings
          return [] unless app.serves?
          faults = [set_too_early, variable_without_effect].compact
          faults.any? ? faults : [on].compact
        end

        private

        # The line that decides what config.yjit is: `config.yjit = …` or load_defaults.
        def decides
          return @decides if defined?(@decides)
          @decides = app.settings.all.reverse.find { |setting| setting.name == "yjit" || (setting.name == "load_defaults" && by_defaults(setting) != false) }
        end

        # @return [Boolean, nil] whether a line of load_defaults turns it on; nil: not known
        def by_defaults(setting)
          return unless setting.value.known? && Gem::Version.correct?(setting.value.value.to_s)
          version = Gem::Version.new(setting.value.value.to_s)
          version >= RAILS
        end

        # @return [Setting, nil] what makes Rails turn it on
        def rails
          return unless app.rails_version && app.rails_version >= RAILS && app.ruby_version >= RUBY && decides
          on = (decides.name == "yjit") ? (decides.value.known? && decides.value.value) : by_defaults(decides)
          decides if on
        end

        # @return [String, nil] the variable that turns it on
        def variable
          return VARIABLE if app.ruby_version >= VARIABLE_SINCE && %w[1 true yes].include?(app.variable(VARIABLE))
          "RUBYOPT" if app.variable("RUBYOPT").to_s.split.any? { |option| option.start_with?("--yjit") || option == "--jit" }
        end

        # @return [Settings::Call, nil] the app's own line that turns it on
        def call
          app.settings.calls.reverse_each.find { |each| each.certain && each.text.delete_prefix("::") == "RubyVM::YJIT.enable" } if app.ruby_version >= RUBY
        end

        def set_too_early
          return unless rails&.name == "load_defaults"
          early = app.settings.all.find { |setting| setting.name == "yjit" && setting.value.known? && setting.value.value == false }
          return unless early
          finding(
            file: early.file, line: early.line, problem: "config.yjit = false has no effect: load_defaults comes after it (#{place([rails.file, rails.line])}) and turns YJIT on", why: why,
            edit: "move #{place([early.file, early.line])} below #{place([rails.file, rails.line])}", stake: stake
          )
        end

        def variable_without_effect
          return unless rails && %w[0 false no].include?(app.variable(VARIABLE))
          file, line = app.place_of(VARIABLE)
          finding(file: file, line: line, problem: "#{VARIABLE}=#{app.variable(VARIABLE)} has no effect: Rails turns YJIT on by itself (#{by_rails})", why: why, edit: edit, stake: stake)
        end

        def on
          return if [rails, variable, call].none?
          file, line = [(app.place_of(variable) if variable), ([call.file, call.line] if call), ([rails.file, rails.line] if rails)].compact.first
          finding(level: "trade", file: file, line: line, problem: "YJIT is on: #{reasons.join("; ")}", why: why, edit: edit, stake: stake)
        end

        def reasons
          [("#{variable}=#{app.variable(variable)}" if variable), ("RubyVM::YJIT.enable" if call), (by_rails if rails)].compact
        end

        def by_rails
          return app.line(rails.file, rails.line) if rails.name == "yjit"
          "load_defaults #{rails.value.value} does it on Ruby #{RUBY} and newer, unasked"
        end

        def why
          "The machine code of what runs often, and what YJIT knows of it, stand beside Ruby's own: memory for CPU time. It is worth it where requests compute, and not where they wait."
        end

        # All that turns it on has to go.
        def edit
          [
            (without_variable if variable), ("#{place([call.file, call.line])}: delete RubyVM::YJIT.enable" if call), (without_rails if rails)
          ].compact.join("\n")
        end

        def without_rails
          where = (rails.name == "yjit") ? place([rails.file, rails.line]) : "#{rails.file}, below line #{rails.line}"
          "#{where}: config.yjit = false"
        end

        def without_variable
          return "#{place(app.place_of(variable))}: take #{VARIABLE} away" if variable == VARIABLE
          "#{place(app.place_of(variable))}: take --yjit out of RUBYOPT"
        end

        def stake
          return Stake.unknown("#{place([call.file, call.line])} turns it on by itself: delete the line, and let `memtrim prove --revision` compare") if call
          variables = case variable
          when VARIABLE then {VARIABLE => nil}
          when "RUBYOPT" then {"RUBYOPT" => app.variable("RUBYOPT").split.reject { |option| option.start_with?("--yjit") || option == "--jit" }.join(" ")}
          else {}
          end
          Stake.of_variant("YJIT off", variables: variables, settings: rails ? {"yjit" => false} : {})
        end
      end
    end
  end
end
