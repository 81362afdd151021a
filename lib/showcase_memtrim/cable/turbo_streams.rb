# frozen_string_literal: true

module ShowcaseMemtrim
  module Cable
    # Turbo's own channel, Turbo::StreamsChannel, for an app whose pages have turbo_stream_from: the gem's files that relay,
    # without those that render.
    module TurboStreams
      FILES = %w[turbo/streams/stream_name.rb turbo/streams_channel.rb].freeze

      class << self
        # To be loaded when a client subscribes to it, if the gem is in the bundle.
        def offer
          Object.autoload(:Turbo, File.join(__dir__, "turbo_streams/turbo.rb")) if directory && !Object.const_defined?(:Turbo)
        end

        # @return [void]
        def load
          FILES.each { |file| require File.join(directory, file) }
        end

        # As the gem's engine makes it from the secret, unless the app gives one.
        #
        # @return [String]
        def key
          application = ::Rails.application
          application.config.turbo.signed_stream_verifier_key || application.key_generator.generate_key("turbo/signed_stream_verifier_key")
        end

        private

        def directory
          @directory ||= $LOAD_PATH.map { |path| File.expand_path("../app/channels", path) }.find { |path| File.file?(File.join(path, FILES.last)) }
        end
      end
    end
  end
end
