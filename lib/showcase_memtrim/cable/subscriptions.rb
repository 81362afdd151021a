# frozen_string_literal: true

require "active_support/core_ext/hash/indifferent_access"
require_relative "reconnecting"

module ShowcaseMemtrim
  module Cable
    # Where broadcasts come from: config/cable.yml and the adapter that it names.
    module Subscriptions
      FILE = "config/cable.yml"

      # @param application [Application]
      # @raise [Error] when there is no such adapter here, or the file is missing or broken
      def self.configure(application)
        config = application.config.action_cable
        # Action Cable asks for some keys as symbols (channel_prefix), for others as strings (adapter).
        config.cable = (config.cable || read(application)).to_h.with_indifferent_access
        adapter = config.cable["adapter"] || "redis"
        config.pubsub_adapter
        Reconnecting.install(config) if adapter == "redis"
      rescue LoadError, NameError => error
        raise unless adapter
        raise Error, "#{FILE}, #{application.env}: no adapter #{adapter} here (#{error.message.lines.first.strip.delete_suffix(".")}); those that need Active Record need the full server", cause: nil
      end

      # @return [Hash]
      def self.read(application)
        file = application.root.join(FILE)
        raise Error, "#{file}: no such file; write it, or set config.cable = {adapter: \"redis\", url: …} in cable/config.ru" unless file.exist?
        begin
          found = application.config_for(file)
        rescue => error
          raise Error, "#{file}: #{error.message[/Error: (.*)/, 1] || error.message.lines.first.strip}", cause: nil
        end
        raise Error, "#{file} has nothing for #{application.env}; name the environment by RAILS_ENV, or add it" unless found.is_a?(Hash)
        found
      end
      private_class_method :read
    end
  end
end
