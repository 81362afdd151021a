# frozen_string_literal: true

module ShowcaseMemtrim
  # The environment variables of the processes that are measured.
  module Environment
    class << self
      # This process's environment, as it was before any Bundler.
      #
      # @return [Hash{String => String}]
      def clean
        (defined?(::Bundler) && ::Bundler.respond_to?(:unbundled_env)) ? ::Bundler.unbundled_env : ENV.to_h
      end

      # The same for a process that starts from ours: to be merged into ENV.
      #
      # @return [Hash{String => String, nil}] nil for a variable that must go
      def before_bundler
        (ENV.keys - clean.keys).to_h { |name| [name, nil] }.merge(clean)
      end

      # What a Rails app needs besides.
      #
      # @param name [String] RAILS_ENV
      # @return [Hash{String => String}]
      def of_rails(name)
        environment = {"RAILS_ENV" => name}
        environment["RACK_ENV"] = name if ENV.key?("RACK_ENV") # some ask for that first
        # Rails 7.1 and newer: a key for boots that serve nobody.
        environment["SECRET_KEY_BASE_DUMMY"] = "1" if !%w[development test].include?(name) && !ENV.key?("SECRET_KEY_BASE") && !ENV.key?("SECRET_KEY_BASE_DUMMY")
        environment
      end

      # @return [String] LD_PRELOAD with a library before what the user preloads
      def preload(library)
        [library, clean["LD_PRELOAD"]].compact.reject(&:empty?).join(":")
      end
    end
  end
end
