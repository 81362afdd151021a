# frozen_string_literal: true

require_relative "cookies"

module ShowcaseMemtrim
  module Cable
    # What cable/config.ru sets, and Rails.application.config: Action Cable's settings by their own names, a few of Rails', and
    # whatever else the channels read.
    class Settings
      # Those of Action Cable, of the version that is there.
      ACTION_CABLE = ActionCable::Server::Configuration.public_instance_methods(false).grep(/\w=\z/).map { |name| name.to_s.delete_suffix("=").to_sym }.freeze

      # What Rails' own generator leaves out of logs (config/initializers/filter_parameter_logging.rb).
      FILTERED = %i[passw email secret token _key crypt salt certificate otp ssn cvv cvc].freeze

      LOG_LEVELS = %i[debug info warn error fatal unknown].freeze

      OWN = %i[log_level secret_key_base require x action_cable action_dispatch active_support turbo load_defaults root].freeze

      # @return [ActiveSupport::OrderedOptions] of cookies; load_defaults sets them
      attr_reader :action_dispatch

      # @return [ActiveSupport::OrderedOptions] key_generator_hash_digest_class, use_message_serializer_for_metadata
      attr_reader :active_support

      # @return [ActiveSupport::OrderedOptions] signed_stream_verifier_key
      attr_reader :turbo

      # @return [String, nil] nil: it is looked for where Rails does
      attr_accessor :secret_key_base

      # @return [Symbol]
      attr_reader :log_level

      # @return [Array<String>] files of the app, relative to its directory or below its lib/, and features of gems
      attr_reader :require

      # @param application [Application]
      def initialize(application)
        @application = application
        self.log_level = ENV["RAILS_LOG_LEVEL"].presence || (application.env.production? ? :info : :debug)
        @require = []
        @others = {}
        @action_dispatch = ActiveSupport::OrderedOptions.new.update(Cookies::STANDARD)
        @active_support = ActiveSupport::OrderedOptions.new.update(key_generator_hash_digest_class: "SHA1")
        @turbo = ActiveSupport::OrderedOptions.new
        load_defaults("#{::Rails::VERSION::MAJOR}.#{::Rails::VERSION::MINOR}")
        action_cable.mount_path = ActionCable::INTERNAL[:default_mount_path]
        action_cable.allowed_request_origins = %r{https?://localhost:\d+} if application.env.development? # as Action Cable's engine
        action_cable.filter_parameters += FILTERED
        action_cable.connection_class = -> { "ApplicationCable::Connection".safe_constantize || ActionCable::Connection::Base }
      end

      # Yields itself to cable/config.ru.
      #
      # @raise [Error] for a name that is nearly one that there is
      def given
        @given = true
        yield self
      ensure
        @given = false
      end

      # The format of cookies and the keys, as the app's own load_defaults has them. Without it: those of this Rails.
      #
      # @param version [String, Float] 7.2
      def load_defaults(version)
        Cookies.load_defaults(version, action_dispatch, active_support)
      end

      # @return [ActionCable::Server::Configuration]
      def action_cable
        ActionCable::Server::Base.config
      end

      delegate(*ACTION_CABLE, *ACTION_CABLE.map { |name| :"#{name}=" }, to: :action_cable)

      # @return [Pathname]
      def root
        @application.root
      end

      # @param name [Symbol, String]
      # @raise [Error] when the logger has no such level
      def log_level=(name)
        @log_level = name.to_s.downcase.to_sym
        raise Error, "config.log_level is #{LOG_LEVELS.join(", ")}, not #{name}" unless LOG_LEVELS.include?(@log_level)
      end

      # As config.x of Rails: whatever is asked for is there.
      #
      # @return [Custom]
      def x
        @x ||= Custom.new
      end

      # @param list [Array<String>, String]
      def require=(list)
        @require = Array(list).map(&:to_s)
      end

      def respond_to_missing?(name, *)
        @others.key?(name) || super
      end

      def method_missing(name, *values)
        return set(name.to_s.delete_suffix("=").to_sym, *values) if name.end_with?("=")
        @others.fetch(name) do
          raise Error, "#{place}: config.#{name} is not set#{"; is it config.#{nearest(name.to_s)}?" if nearest(name.to_s)}" if @given
          raise NoMethodError.new("config.#{name} is not set in cable/config.ru", name, receiver: self)
        end
      end

      private

      def set(name, value)
        known = @given && nearest(name.to_s)
        raise Error, "#{place}: config.#{name} is no setting; is it config.#{known}?" if known
        @others[name] = value
      end

      def nearest(name)
        Kernel.require "did_you_mean"
        DidYouMean::SpellChecker.new(dictionary: ACTION_CABLE + OWN).correct(name).first
      end

      def place
        location = caller_locations.find { |frame| !frame.path.start_with?(__dir__) }
        "#{location.path.delete_prefix(File.join(root.to_s, ""))}:#{location.lineno}"
      end

      # @!visibility private
      class Custom < ActiveSupport::OrderedOptions
        def [](name)
          super || (self[name] = ActiveSupport::OrderedOptions.new unless key?(name.to_sym))
        end
      end
    end
  end
end
