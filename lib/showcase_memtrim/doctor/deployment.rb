# frozen_string_literal: true

require_relative "deployment/files"
require_relative "deployment/process"
require_relative "deployment/image"
require_relative "deployment/sources"
require_relative "deployment/stack_limit"

module ShowcaseMemtrim
  class Doctor
    # What runs the app, as its files have it: the image, the processes in it, and their environment variables. Nothing is
    # run; what can't be told from the files is not known.
    class Deployment
      # @param root [String] the app's directory
      # @param env [String] RAILS_ENV that is looked at
      # @param env_file [String, nil] variables that the container has, over all others
      # @raise [Error] for a file that is no such file
      def initialize(root, env:, env_file: nil)
        @root = root
        @env = env
        @given = env_file ? Variable.all_of(File.expand_path(env_file), File.expand_path(env_file).delete_prefix("#{root}/")) : []
        @env_file = env_file
        @files = Files.new(root, env: env)
        @sources = Sources.new(root, @files)
      end

      # @return [Boolean] whether any file says what runs the app
      def seen?
        files.any? || !@env_file.nil?
      end

      # @return [Array<String>] those that were read, below the app's directory
      def files
        @sources.files
      end

      # All that are known; the same web server may stand there several times, as several files have it.
      #
      # @return [Array<Process>]
      def processes
        @processes ||= @sources.processes.map { |process| process.dup.tap { |copy| copy.env = copy.env.with(@given) } }
      end

      # The process that serves the app: Kamal's, Fly's and Compose's before the image's own, that before a Procfile's and
      # a unit's.
      #
      # @return [Process, nil] nil: none is known
      def web
        processes.find(&:web?)
      end

      # @return [Environment] of the web process; without one, of the image, and then whatever starts the server may add to it
      def environment
        @environment ||= web&.env || Environment.new((image&.environment&.to_a || []) + @given, complete: false)
      end

      # @return [Image, nil] the one that the app runs in; nil: no Dockerfile
      def image
        @sources.image
      end

      # @param package [String, Regexp] a system's package
      # @return [Boolean, nil] nil: can't be told
      def installs?(package)
        return unless image
        image.installs?(package) || (image.stage.known_image? ? false : nil)
      end

      # @return [Boolean] whether anything limits the stack of a process
      def limits_stack?
        StackLimit.new(self).any?
      end

      # @return [Files]
      def found
        @files
      end

      # @return [Sources] by kind of file
      attr_reader :sources
    end
  end
end
