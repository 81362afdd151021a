# frozen_string_literal: true

# In place of the gem's own, which is a Rails engine.
module Turbo
  module Streams
    # Broadcasts render; they are made where the app is.
    module Broadcasts
    end
  end

  class << self
    # @return [ActiveSupport::MessageVerifier] as Turbo.signed_stream_verifier of the gem
    def signed_stream_verifier
      @signed_stream_verifier ||= begin
        require "active_support/message_verifier"
        require "json"
        ActiveSupport::MessageVerifier.new(ShowcaseMemtrim::Cable::TurboStreams.key, digest: "SHA256", serializer: JSON)
      end
    end
  end
end

ShowcaseMemtrim::Cable::TurboStreams.load
