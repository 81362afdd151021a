# frozen_string_literal: true

module ShowcaseMemtrim
  module Cable
    # Keys and verifiers, as Rails::Application derives them from the secret: a cookie, a GlobalID or a token that a tenant
    # signed is good here. OpenSSL is loaded with the first of them.
    module Signing
      # @return [String]
      # @raise [Error] when there is none
      def secret_key_base
        config.secret_key_base || (@secret_key_base ||= Secret.new(root, env).value) ||
          raise(Error, "no secret_key_base for signed and encrypted cookies: set SECRET_KEY_BASE as the tenants have it, or give the key of config/credentials.yml.enc (RAILS_MASTER_KEY)")
      end

      # @return [ActiveSupport::EncryptedConfiguration]
      def credentials
        @credentials ||= Secret.new(root, env).credentials
      end

      # As a key generator does, for Action Dispatch: the secret is not looked for before it is needed.
      #
      # @return [String]
      def generate_key(...)
        key_generator.generate_key(...)
      end

      # @return [ActiveSupport::CachingKeyGenerator] of as many iterations as Rails::Application#key_generator has
      def key_generator(secret = secret_key_base)
        (@key_generators ||= {})[secret] ||= begin
          require "active_support/key_generator"
          digest = OpenSSL::Digest.const_get(config.active_support.key_generator_hash_digest_class.to_s.split("::").last)
          ActiveSupport::CachingKeyGenerator.new(ActiveSupport::KeyGenerator.new(secret, iterations: 1000, hash_digest_class: digest))
        end
      end

      # @return [ActiveSupport::MessageVerifiers]
      def message_verifiers
        @message_verifiers ||= begin
          require "active_support/message_verifiers"
          ActiveSupport::MessageVerifiers.new do |salt, secret_key_base: self.secret_key_base|
            key_generator(secret_key_base).generate_key(salt)
          end.rotate_defaults
        end
      end

      # @return [ActiveSupport::MessageVerifier]
      def message_verifier(name)
        message_verifiers[name]
      end
    end
  end
end
