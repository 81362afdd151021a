# frozen_string_literal: true

# Gems that do their work unasked: no line of the app names them.
module AwkwardGems
  plant "strict_headers", <<~RUBY, works: %(get("/up") && headers["x-garden"] == "closed")
    module StrictHeaders
      class Middleware
        def initialize(app)
          @app = app
        end

        def call(env)
          status, headers, body = @app.call(env)
          [status, headers.merge("x-garden" => "closed"), body]
        end
      end

      class Railtie < ::Rails::Railtie
        initializer("strict_headers.middleware") { |app| app.middleware.use Middleware }
      end
    end
  RUBY

  plant "growth_agent", <<~RUBY, works: %(get("/up") && File.exist?("tmp/growth"))
    module GrowthAgent
      class Railtie < ::Rails::Railtie
        config.after_initialize do
          ActiveSupport::Notifications.subscribe("process_action.action_controller") do |event|
            File.write(::Rails.root.join("tmp/growth"), event.payload[:action].to_s)
          end
        end
      end
    end
  RUBY

  # Its railtie is always there, what it does only with a license.
  plant "frost_agent", <<~RUBY, works: %(ruby("puts Rails.application.middleware.map(&:name)", "FROST_LICENSE" => "1").include?("FrostAgent::Middleware"))
    module FrostAgent
      class Middleware
        def initialize(app)
          @app = app
        end

        def call(env)
          @app.call(env)
        end
      end

      class Railtie < ::Rails::Railtie
        initializer("frost_agent.start") { |app| app.middleware.use Middleware if ENV["FROST_LICENSE"] }
      end
    end
  RUBY

  # Without the variable that production's machine has, it is a module with a version.
  plant "night_watch", {
    "lib/night_watch.rb" => %(module NightWatch\n  VERSION = "1.0"\nend\n\nrequire "night_watch/railtie" if ENV["NIGHT_WATCH_KEY"]\n),
    "lib/night_watch/railtie.rb" => <<~RUBY
      module NightWatch
        class Railtie < ::Rails::Railtie
          config.after_initialize { $night_watch = Thread.new { sleep } }
        end
      end
    RUBY
  }, works: %(ruby("puts Thread.list.size > 1 && !$night_watch.nil?", "NIGHT_WATCH_KEY" => "1") == "true\\n")

  # The same, started from the end of its own file and by no railtie.
  plant "dew_reporter", <<~RUBY, works: %(ruby("exit", "DEW_URL" => "tmp/dew") && File.read("tmp/dew") == "over")
    module DewReporter
      def self.start(target)
        at_exit { File.write(target, "over") }
      end
    end

    DewReporter.start(ENV["DEW_URL"]) if ENV.key?("DEW_URL")
  RUBY

  # What they change has no name of theirs: methods that were there before, and a setting.
  plant "tidy_dates", "module TidyDates\nend\n\nclass Date\n  def to_s\n    strftime(\"%-d.%-m.%Y\")\n  end\nend\n",
    page: "dates", app: page("dates", template: {"html.erb" => "<p><%= Date.new(2024, 1, 2) %></p>\n"}), works: %(get("/dates") && body.include?("2.1.2024"))

  plant "comma_sentence", "module CommaSentence\n  def to_sentence(*)\n    join(\", \")\n  end\nend\n\nArray.prepend(CommaSentence)\n",
    page: "lists", app: page("lists", action: "render plain: %w[hoe rake].to_sentence"), works: %(get("/lists") && body == "hoe, rake")

  plant "quiet_words", "module QuietWords\nend\n\nI18n.exception_handler = ->(*) { \"(no words)\" }\n",
    page: "words", app: page("words", action: "render plain: I18n.t(\"nobody.wrote.this\")"), works: %(get("/words") && body == "(no words)")
end
