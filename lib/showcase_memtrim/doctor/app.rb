# frozen_string_literal: true

require_relative "deployment"

module ShowcaseMemtrim
  class Doctor
    # The facts of one app, each read when a rule asks for it.
    class App
      # @return [String]
      attr_reader :root
      # @return [String] RAILS_ENV
      attr_reader :env

      def initialize(directory, env:, env_file: nil)
        raise Error, "#{directory}: no such directory" unless File.directory?(directory)
        @root = File.realpath(directory)
        @env = env
        @env_file = env_file
      end

      # @return [Deployment] what runs it
      def deployment
        @deployment ||= Deployment.new(root, env: env, env_file: @env_file)
      end
    end
  end
end
