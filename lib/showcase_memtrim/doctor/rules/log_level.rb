# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    module Rules
      # Debug messages where nobody debugs.
      class LogLevel < Rule
        EDIT = "config.log_level = ENV.fetch(\"RAILS_LOG_LEVEL\", \"info\")"

        def findings
          return [] unless app.serves?
          setting = app.settings.last("log_level")
          return [silent].compact unless setting
          (setting.value.known? && setting.value.value.to_s.downcase == "debug") ? [debug(setting)] : []
        end

        private

        def debug(setting)
          name = setting.value.variables.keys.find { |variable| app.variable(variable).to_s.downcase == "debug" }
          file, line = (app.place_of(name) if name) || [setting.file, setting.line]
          finding(file: file, line: line, problem: "the log level is debug in #{app.env}#{" (#{name})" if name}", why: why, edit: name ? "#{place([file, line])}: #{name}=info" : "#{place([file, line])}: #{EDIT}", stake: stake)
        end

        # Rails::Application::Configuration has :debug until something else is set. A logger of the app's own has its own level.
        def silent
          return if app.settings.last("logger")
          file = "config/environments/#{app.env}.rb"
          finding(file: (file if File.file?(File.join(app.root, file))), line: nil, problem: "no config.log_level is set, and Rails' own is debug", why: why, edit: "#{file}: #{EDIT}", stake: stake)
        end

        def why
          "Each query with its values, each cache key and each rendered partial becomes a string, for every request: garbage that the heap grows for."
        end

        def stake
          Stake.of_variant("log_level info", settings: {"log_level" => :info})
        end
      end
    end
  end
end
