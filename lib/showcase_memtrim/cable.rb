# frozen_string_literal: true

# What cable/config.ru requires: Action Cable with the app's own connection and channels, and nothing else of the app or of
# Rails. See docs/cable.md.
require_relative "../showcase_memtrim"
require_relative "cable/deferred"
require "openssl"
require "concurrent" # Action Cable before 8.0 does not name what it needs of it
require "action_cable"
require "action_dispatch"
require_relative "cable/not_loaded"
require_relative "cable/stand_in"
require_relative "cable/application"
require_relative "cable/subscriptions"
require_relative "cable/channels"
require_relative "cable/light_clients"
require_relative "cable/ending"
require_relative "cable/mounted"

module ShowcaseMemtrim
  # An Action Cable server without the app.
  module Cable
    class << self
      # To be run by cable/config.ru. Everything that the server needs is loaded when this returns.
      #
      # @param root [String] the app's directory
      # @yieldparam config [Settings] Action Cable's own settings, by their names, and a few of Rails'
      # @return [#call] a Rack application
      # @raise [Error] for a setting, config/cable.yml or a channel that it can't run with
      def application(root:, &block)
        refuse_rails
        application = StandIn.install(Application.new(root))
        application.config.given(&block) if block
        NotLoaded.watch(root)
        Subscriptions.configure(application)
        LightClients.install
        Ending.install
        Channels.load(application)
        Settle.now if Settle.possible?
        Mounted.new(ActionCable.server)
      rescue Error, NotLoaded => error
        error.set_backtrace([]) # the message says where
        raise
      end

      private

      def refuse_rails
        return unless defined?(::Rails::Railtie)
        raise Error, "showcase_memtrim/cable stands in for Rails, which is loaded already: cable/config.ru must not require config/environment"
      end
    end
  end
end
