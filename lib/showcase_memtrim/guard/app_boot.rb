# frozen_string_literal: true

require "json"
require "stringio"
require_relative "../boot"
require_relative "../native"
require_relative "../configuration"
require_relative "../experiment/trial"
require_relative "../experiment/variant"
require_relative "compile_cache"
require_relative "in_place"
require_relative "shared_boots"

module ShowcaseMemtrim
  module Guard
    # How the app boots in one environment, as the tests of one run see it: in processes of its own, whatever the tests'
    # process has loaded. Nothing is booted before it is asked for, and nothing twice.
    class AppBoot
      # The app does not boot.
      class Failed < Error; end

      # No memory can be measured here.
      class Unmeasurable < Error; end

      class << self
        # @param env [String, Symbol] RAILS_ENV
        # @return [AppBoot]
        # @raise [Error] for an environment that the app does not have
        def of(env, directory: root)
          (@boots ||= {})[[directory, env.to_s]] ||= new(env.to_s, directory: directory)
        end

        # @return [String] the app's directory
        def root
          (defined?(::Rails.root) && ::Rails.root) ? ::Rails.root.to_s : Dir.pwd
        end

        # @return [String, nil] why no memory can be measured on this platform
        def unmeasurable
          return "memory is measured on Linux only, and this is #{RUBY_PLATFORM}" unless RUBY_PLATFORM.include?("linux")
          "this installation of showcase_memtrim has no allocation counter" unless File.file?(Experiment::Trial::COUNTER)
        end
      end

      # @return [String] RAILS_ENV
      attr_reader :env

      # @param boots [SharedBoots, nil] nil: of the current run
      def initialize(env, directory: AppBoot.root, boots: nil)
        @env = env
        @directory = directory
        @boots = boots
        check_env
      end

      # @return [InPlace]
      # @raise [Error] where there is no Rails app
      def app
        @app ||= InPlace.new(@directory, gemfile: ENV["BUNDLE_GEMFILE"])
      end

      # @return [Hash] what Experiment::Guarded tells of the booted app
      # @raise [Failed]
      def parts
        kind = AppBoot.unmeasurable ? "resident" : "counted"
        booted(trial(kind, 0)).dig(:details, :guarded)
      end

      # @param kind [String] counted or resident
      # @param number [Integer] from 0: of its kind
      # @return [Hash] as Experiment::Trial#run; and cold: whether it had to compile first, so that it says too much
      # @raise [Failed]
      # @raise [Unmeasurable]
      def measured(kind, number)
        reason = AppBoot.unmeasurable and raise Unmeasurable, reason
        outcome = booted(trial(kind, number))
        return outcome if kind == "resident" || outcome[:figures].key?(:held_bytes)
        raise Unmeasurable, "this Ruby does not load the allocation counter (LD_PRELOAD): it is linked statically, or has other rights than you"
      end

      # @return [Recording]
      # @raise [Failed]
      # @raise [Unmeasurable]
      def recording
        reason = AppBoot.unmeasurable and raise Unmeasurable, reason
        outcome = boots.fetch(name("recording")) { record }
        recording = Recording.open(outcome[:file]) unless outcome[:error]
        return recording if recording && recording.error.nil? && recording.whole?
        booted(trial("counted", 0)) # says it better
        raise failed(outcome[:error] || recording.error.to_s.lines.first.to_s.strip, nil)
      end

      def to_s
        "the #{env} boot"
      end

      def inspect
        "#<#{self.class.name} #{env}>"
      end

      private

      def check_env
        raise Error, "#{@env.inspect} is no environment's name" unless @env.match?(/\A\w[\w-]*\z/)
        known = Dir.children(File.join(@directory, "config/environments")).map { |file| File.basename(file, ".rb") }
        raise Error, "no config/environments/#{@env}.rb#{Configuration.did_you_mean(@env, known)}" unless known.include?(@env)
      rescue Errno::ENOENT
        nil # an app may do without
      end

      def boots
        @boots || SharedBoots.new
      end

      def name(boot)
        "#{@env}.#{boot}"
      end

      # Nobody's boot is in the way of another one's: what fails fails once.
      def trial(kind, number)
        app
        boots.fetch(name("#{kind}.#{number}")) do
          outcome = nil
          compiled = compile_cache.compiled? { outcome = run(kind, number) }
          outcome.merge(cold: compiled && kind == "counted" && number.zero?)
        end
      end

      def run(kind, number)
        details = (number.zero? && (kind == "counted" || AppBoot.unmeasurable)) ? [:guarded] : []
        Experiment::Trial.new(app, Experiment::Variant.base, counted: kind == "counted", seed: (rand(1 << 32) unless kind == "counted"), details: details, env: @env).run
      end

      # What the first boot has compiled the next ones have; a recording that is the first is made again.
      def record
        app
        file = boots.path("#{name("recording")}.memtrim")
        warm = boots.made?(name("counted.0"))
        compiled = compile_cache.compiled? { record_to(file) }
        record_to(file) if compiled && !warm
        {file: file}
      rescue Error => error
        {error: error.message}
      end

      def record_to(file)
        ShowcaseMemtrim::Boot.new(app: app.directory, env: @env, gemfile: app.gemfile, variables: app.variables, progress: StringIO.new, output: File::NULL).record(file)
      end

      def compile_cache
        CompileCache.new(app.directory, app.variables)
      end

      def booted(outcome)
        raise failed(*outcome.values_at(:error, :line)) if outcome[:error]
        outcome
      end

      def failed(error, line)
        Failed.new("the app does not boot in #{@env}: #{error}#{" (#{line})" if line}")
      end
    end
  end
end
