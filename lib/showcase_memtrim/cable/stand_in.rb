# frozen_string_literal: true

require "active_support/environment_inquirer"
require "active_support/error_reporter"
require "rails/version"
require_relative "refusing"

module ShowcaseMemtrim
  module Cable
    # In place of the module Rails: what relays ask it for.
    module StandIn
      # @param application [Application]
      # @return [Application] which Rails.application is from now on
      def self.install(application)
        @application = application
        ::Rails.extend(self)
        ::Rails.application = application
      end

      # @return [Application]
      attr_accessor :application

      def configuration
        application.config
      end

      # @return [Pathname]
      def root
        application.root
      end

      # @return [Pathname]
      def public_path
        root.join("public")
      end

      # @return [ActiveSupport::EnvironmentInquirer]
      def env
        application.env
      end

      # @return [Logger]
      def logger
        application.logger
      end

      # @return [ActiveSupport::ErrorReporter]
      def error
        @error ||= ActiveSupport::ErrorReporter.new(logger: logger)
      end

      include Refusing.new("Rails")
    end
  end
end
