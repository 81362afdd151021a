# frozen_string_literal: true

module ShowcaseMemtrim
  # Brings the rake tasks into the app; and config.memtrim.settle, which costs nothing while it is not set.
  class Railtie < ::Rails::Railtie
    # Our settings: what is set before this railtie's initializer takes effect there, and what is set later (in an
    # initializer of the app's) at once. An initializer that runs after the app's own would move those of other railties.
    class Options < ::ActiveSupport::OrderedOptions
      def []=(name, value)
        super
        take_effect
      end

      # @param app [Rails::Application] whose initializers run
      def of(app)
        @app = app
        take_effect if any?
      end

      private

      def take_effect
        Settle.install(@app) if @app
      end
    end

    config.memtrim = Options.new

    initializer("memtrim.settle") { |app| config.memtrim.of(app) }

    # Called by config.ru (Rails.application.load_server): in servers, and neither in consoles, tasks nor tests.
    server { Settle.installed&.server_started if config.memtrim.any? }

    rake_tasks { load File.join(__dir__, "tasks.rake") }
  end
end
