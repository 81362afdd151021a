# frozen_string_literal: true

module ShowcaseMemtrim
  module Cable
    # A Redis that is restarted is waited for. Action Cable's listener gives up after the attempts that cable.yml allows it (one,
    # at once), and its server then relays nothing until it is started again.
    module Reconnecting
      # Seconds
      FIRST_PAUSE = 0.1
      LONGEST_PAUSE = 5

      # What a Redis that is starting, or is to be left for another one, answers.
      NOT_YET = /\A(LOADING|MASTERDOWN|READONLY|TRYAGAIN)\b/

      # @param config [ActionCable::Server::Configuration] with its adapter loaded; what it says of reconnect_attempts counts
      def self.install(config)
        return if config.cable.key?(:reconnect_attempts)
        ActionCable::SubscriptionAdapter::Redis::Listener.prepend(self)
      end

      def listen(...)
        super
      rescue ::Redis::CommandError => error
        raise unless error.message.match?(NOT_YET)
        raise ::Redis::CannotConnectError, error.message
      end

      private

      def retry_connecting?
        @reconnect_attempt += 1
        sleep([FIRST_PAUSE * 2**[@reconnect_attempt - 1, 10].min, LONGEST_PAUSE].min)
        true
      end

      # What was subscribed meanwhile is subscribed again with all else, and then to be confirmed; Action Cable forgets whom
      # to tell.
      def reset
        @subscription_lock.synchronize do
          @subscribed_client = nil
          @when_connected.clear
        end
      end
    end
  end
end
