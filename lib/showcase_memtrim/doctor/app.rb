# frozen_string_literal: true

require_relative "../app"
require_relative "../configuration"
require_relative "../experiment/gemfile_lock"
require_relative "../main_stack"
require_relative "../system_error"
require_relative "databases"
require_relative "deployment"
require_relative "gemfile"
require_relative "installed_gems"
require_relative "puma"
require_relative "settings"

module ShowcaseMemtrim
  class Doctor
    # The facts of one app, each read when a rule asks for it.
    class App
      # @return [String]
      attr_reader :root
      # @return [String] RAILS_ENV
      attr_reader :env

      # @param main_stack [#touched_bytes] measures the main thread's stack of a bare Ruby
      # @raise [Error] when there is no app
      def initialize(directory, env:, env_file: nil, main_stack: MainStack)
        raise Error, "#{directory}: no such directory; --app names the Rails app's" unless File.directory?(directory)
        raise Error, "no Rails app in #{directory}: #{Settings::APPLICATION} is missing; --app names the app's directory" unless File.file?(File.join(directory, Settings::APPLICATION))
        @root = File.realpath(directory)
        @env = env
        check_env
        @env_file = env_file
        @main_stack = main_stack
      end

      # @return [Deployment] what runs it
      def deployment
        @deployment ||= Deployment.new(root, env: env, env_file: @env_file)
      end

      # @return [Settings]
      def settings
        @settings ||= Settings.new(root, env: env, evaluation: evaluation)
      end

      # @return [Puma, nil] nil: it has no Puma, or another server runs it
      def puma
        return @puma if defined?(@puma)
        @puma = puma? ? Puma.new(self) : nil
      end

      # @return [Array<Databases::Database>] none without config/database.yml
      def databases
        @databases ||= Databases.new(self).all
      end

      # @return [Gemfile]
      def gemfile
        @gemfile ||= Gemfile.new(gemfile_path, root)
      end

      # @return [String] the app's own, or BUNDLE_GEMFILE's
      def gemfile_path
        path = ShowcaseMemtrim::App.new(root).gemfile
        File.file?(path) ? path : File.join(root, "Gemfile")
      end

      # @return [Hash{String => Gem::Version}] gems of the lock; none without one
      def lock
        @lock ||= lock_text.scan(/^ {4}([\w.-]+) \((\d[^)-]*)[^)]*\)$/).to_h { |name, version| [name, Gem::Version.new(version)] }
      end

      # @return [Gem::Version, nil]
      def rails_version
        lock["railties"] || lock["rails"]
      end

      # Of the app, as its files have it; else the one that runs this.
      #
      # @return [Gem::Version]
      def ruby_version
        @ruby_version ||= Gem::Version.new(ruby_of_files || RUBY_VERSION)
      end

      # Of the Ruby that runs this, under the limit that this has.
      #
      # @return [Integer, nil] bytes of the main thread's stack that it touches when it starts; nil: can't be told
      def touched_stack
        return @touched_stack if defined?(@touched_stack)
        @touched_stack = @main_stack.touched_bytes
      end

      # @return [Configuration] config/memtrim.yml
      def configuration
        @configuration ||= Configuration.read(root)
      end

      # @return [Evaluation] of expressions, with the variables of the process that serves the app
      def evaluation
        Evaluation.new(method(:variable), env: env, rails: rails_version, ruby: ruby_version)
      end

      # @return [String, nil, :unknown] what an environment variable is set to; nil: not set, as far as the files show
      def variable(name)
        return env if %w[RAILS_ENV RACK_ENV].include?(name)
        environment = deployment.environment
        value = environment.value(name)
        (value.nil? && environment.set?(name)) ? :unknown : value
      end

      # @return [Array(String, Integer), nil] where it is set
      def place_of(variable)
        deployment.environment.place(variable)
      end

      # @return [InstalledGems]
      def installed_gems
        @installed_gems ||= InstalledGems.new(root, gemfile_path, lock)
      end

      # @return [Boolean] false where code is written or tested, and memory is not the point
      def serves?
        !%w[development test].include?(env)
      end

      # @return [String] a line of a file, without what is around it
      def line(file, number)
        File.readlines(File.join(root, file), chomp: true)[number - 1].to_s.strip
      end

      private

      # An app may do without the file; one that has others has been misspelt.
      def check_env
        others = Dir.glob("*.rb", base: File.join(root, "config/environments")).sort.map { |file| file.delete_suffix(".rb") }
        raise Error, "no config/environments/#{env}.rb; --env is one of #{others.join(", ")}" if others.any? && !others.include?(env)
      end

      def puma?
        web = deployment.web&.command
        return false if web && !%w[puma rails rackup].include?(web.first)
        return true if lock.key?("puma") || gemfile["puma"]
        lock.empty? && File.file?(File.join(root, "config/puma.rb"))
      end

      def lock_text
        file = Experiment::GemfileLock.file(gemfile_path)
        File.file?(file) ? File.binread(file).force_encoding(Encoding::UTF_8).scrub("?") : ""
      end

      def ruby_of_files
        text = ["Gemfile.lock", lock_text]
        found = text.last[/^RUBY VERSION\n\s+ruby (\d+\.\d+(?:\.\d+)?)/, 1]
        found || first_version(".ruby-version", /\A\s*(?:ruby-)?(\d+\.\d+(?:\.\d+)?)/) || first_version(".tool-versions", /^ruby\s+(\d+\.\d+(?:\.\d+)?)/)
      end

      def first_version(name, pattern)
        file = File.join(root, name)
        File.read(file, encoding: Encoding::BINARY)[pattern, 1] if File.file?(file)
      end
    end
  end
end
