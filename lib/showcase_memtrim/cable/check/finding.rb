# frozen_string_literal: true

module ShowcaseMemtrim
  module Cable
    class Check
      # Something that a channel needs.
      #
      # @!attribute [r] kind
      #   @return [Symbol] constant, rails, middleware, extension, adapter, subscriptions, unknown
      # @!attribute [r] required
      #   @return [String, nil] with this in config.require it is there
      # @!attribute [r] against
      #   @return [Boolean] the app needs the full server for it
      Finding = Struct.new(:kind, :file, :line, :name, :text, :required, :against) do
        alias_method :against?, :against

        # @return [String] `app/channels/scores_channel.rb:9`
        def place
          [file, line].compact.join(":")
        end
      end
    end
  end
end
