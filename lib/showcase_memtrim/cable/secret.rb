# frozen_string_literal: true

module ShowcaseMemtrim
  module Cable
    # Where Rails looks for secret_key_base (Rails::Application::Configuration#secret_key_base).
    class Secret
      # @param root [Pathname]
      # @param env [ActiveSupport::EnvironmentInquirer]
      def initialize(root, env)
        @root = root
        @env = env
      end

      # @return [String, nil] nil: there is none
      # @raise [Error] when the key of the credentials is another one's
      def value
        return local if ENV["SECRET_KEY_BASE_DUMMY"]
        ENV["SECRET_KEY_BASE"].presence || encrypted || (local if @env.local?)
      end

      # @return [ActiveSupport::EncryptedConfiguration] empty, where there is no file
      # @raise [RuntimeError] from its first use on, when there is no key for it, or a wrong one
      def credentials
        require "active_support/encrypted_configuration"
        ActiveSupport::EncryptedConfiguration.new(
          config_path: first("config/credentials/#{@env}.yml.enc", "config/credentials.yml.enc"),
          key_path: first("config/credentials/#{@env}.key", "config/master.key"),
          env_key: "RAILS_MASTER_KEY", raise_if_missing_key: false
        )
      end

      private

      def encrypted
        credentials.secret_key_base
      rescue ActiveSupport::EncryptedFile::InvalidKeyLengthError, ActiveSupport::MessageEncryptor::InvalidMessage
        raise Error, "#{credentials.content_path} is encrypted with another key than #{ENV["RAILS_MASTER_KEY"] ? "RAILS_MASTER_KEY" : credentials.key_path}", cause: nil
      end

      def first(own, common)
        path = @root.join(own)
        path.exist? ? path : @root.join(common)
      end

      # The tenants' own, made by whoever comes first: since Rails 7.1 in this file.
      def local
        path = @root.join("tmp/local_secret.txt")
        unless path.exist?
          require "securerandom"
          path.dirname.mkpath
          path.binwrite(SecureRandom.hex(64))
        end
        path.binread
      end
    end
  end
end
