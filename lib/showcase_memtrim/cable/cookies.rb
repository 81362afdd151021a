# frozen_string_literal: true

module ShowcaseMemtrim
  module Cable
    # Cookies of a request, where a connection asks for them.
    module Cookies
      # Their settings, as Rails' Action Dispatch has them (ActionDispatch::Railtie) before load_defaults.
      STANDARD = {
        http_auth_salt: "http authentication",
        signed_cookie_salt: "signed cookie",
        encrypted_cookie_salt: "encrypted cookie",
        encrypted_signed_cookie_salt: "signed encrypted cookie",
        authenticated_encrypted_cookie_salt: "authenticated encrypted cookie",
        use_authenticated_cookie_encryption: false,
        use_cookies_with_metadata: false
      }.freeze

      # What config.load_defaults changes of them, and of the keys (Rails::Application::Configuration#load_defaults).
      DEFAULTS = {
        "5.2" => {action_dispatch: {use_authenticated_cookie_encryption: true}},
        "6.0" => {action_dispatch: {use_cookies_with_metadata: true}},
        "7.0" => {action_dispatch: {cookies_serializer: :json}, active_support: {key_generator_hash_digest_class: "SHA256"}},
        "7.1" => {active_support: {use_message_serializer_for_metadata: true}}
      }.freeze

      # @param version [String, Float] of load_defaults: 7.2
      # @param action_dispatch [ActiveSupport::OrderedOptions] is changed
      # @param active_support [ActiveSupport::OrderedOptions] is changed
      def self.load_defaults(version, action_dispatch, active_support)
        DEFAULTS.each do |since, changes|
          next if (since.split(".").map(&:to_i) <=> version.to_s.split(".").map(&:to_i)) > 0
          action_dispatch.update(changes[:action_dispatch] || {})
          active_support.update(changes[:active_support] || {})
        end
      end

      # Action Dispatch adds this method to its request while it loads its cookies, which a Rails app does at once; here the
      # first that asks does, and finds the method that is there then.
      module Unloaded
        def cookie_jar
          Cookies.load
          cookie_jar
        end
      end

      # @return [void]
      def self.load
        ActionDispatch.const_get(:Cookies)
        metadata = ::Rails.application.config.active_support.use_message_serializer_for_metadata
        ActiveSupport::Messages::Metadata.use_message_serializer_for_metadata = metadata unless metadata.nil?
      end
    end
  end
end
