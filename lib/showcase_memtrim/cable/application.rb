# frozen_string_literal: true

require "pathname"
require "active_support/tagged_logging"
require "active_support/logger"
require "active_support/configuration_file"
require "active_support/messages/rotation_configuration"
require "active_support/ordered_options"
require "active_support/core_ext/hash/keys"
require "active_support/core_ext/hash/deep_merge"
require_relative "refusing"
require_relative "settings"
require_relative "secret"
require_relative "signing"
require_relative "cookies"

module ShowcaseMemtrim
  module Cable
    # In place of Rails.application.
    class Application
      include Signing
      include Refusing.new("Rails.application")

      # @return [Pathname] the app's directory
      attr_reader :root

      # @return [ActiveSupport::EnvironmentInquirer] RAILS_ENV, else RACK_ENV, else development, as Rails has it
      attr_reader :env

      # @return [Settings]
      attr_reader :config

      # @param root [String]
      def initialize(root)
        @root = Pathname.new(root)
        @env = ActiveSupport::EnvironmentInquirer.new(ENV["RAILS_ENV"].presence || ENV["RACK_ENV"].presence || "development")
        @config = Settings.new(self)
      end

      # @return [Logger] to standard output, if cable/config.ru sets no other
      def logger
        config.logger ||= ActiveSupport::TaggedLogging.new(ActiveSupport::Logger.new($stdout, level: config.log_level, formatter: ::Logger::Formatter.new))
      end

      # A YAML file of config/, as Rails::Application#config_for reads it: the environment's part over the shared one.
      #
      # @param name [Symbol, String, Pathname] a Pathname: that file
      # @return [ActiveSupport::OrderedOptions, Object, nil] nil: the file has no such environment
      # @raise [RuntimeError] when there is no such file, or it is not YAML
      def config_for(name, env: self.env)
        file = name.is_a?(Pathname) ? name : root.join("config/#{name}.yml")
        raise "Could not load configuration. No such file - #{file}" unless file.exist?
        all = ActiveSupport::ConfigurationFile.parse(file).deep_symbolize_keys
        own, shared = all[env.to_sym], all[:shared]
        own = shared.deep_merge(own || {}) if shared.is_a?(Hash) && (own.nil? || own.is_a?(Hash))
        own = shared if own.nil?
        own.is_a?(Hash) ? ActiveSupport::OrderedOptions.new.update(own) : own
      end

      # @return [Array] for Action Dispatch, which leaves their values out of what is logged
      def filter_parameters
        config.filter_parameters
      end

      # What Action Dispatch finds in a request's environment, for its log and its cookies.
      #
      # @return [Hash{String => Object}]
      def env_config
        @env_config ||= {
          "action_dispatch.parameter_filter" => filter_parameters,
          "action_dispatch.logger" => logger,
          "action_dispatch.key_generator" => self,
          "action_dispatch.cookies_rotations" => ActiveSupport::Messages::RotationConfiguration.new,
          **config.action_dispatch.transform_keys { |name| "action_dispatch.#{name}" }
        }
      end

      # What surrounds each piece of work, as in the app.
      #
      # @return [Executor]
      def executor
        Executor
      end

      # Of what Rails' executor does, only this concerns what is loaded here: no client finds what another one has left in
      # ActiveSupport::CurrentAttributes (ActiveSupport::Railtie; reset_all, up to 8.0, leaves their empty instances).
      module Executor
        def self.wrap(**)
          reset
          yield
        ensure
          reset
        end

        def self.reset
          ActiveSupport::CurrentAttributes.clear_all unless ActiveSupport.autoload?(:CurrentAttributes)
        end
        private_class_method :reset
      end
    end
  end
end
