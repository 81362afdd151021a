# frozen_string_literal: true

require_relative "../experiment/trial"
require_relative "../experiment/variant"
require_relative "../experiment/workspace"
require_relative "../guard/compile_cache"
require_relative "../guard/in_place"
require_relative "../guard/lock"
require_relative "../guard/plan"
require_relative "experiments"

module ShowcaseMemtrim
  module Commands
    # What the commands share that hold a boot to something: its boots, and what Rust refuses.
    module Guarding
      include Experiments

      # Of the boots of production, unless --env says otherwise: in CI, and in an app's default task, RAILS_ENV is test.
      def initialize(**)
        super
        @options[:env] = "production"
      end

      private

      def guard_options(parser)
        parser.on("--app DIR", "the Rails app (default: this directory)") { |dir| @options[:app] = File.expand_path(dir) }
        parser.on("--env NAME", "its environment (default: production, whatever RAILS_ENV is)") { |name| @options[:env] = name }
        parser.on("--timeout SECONDS", Float, "give a boot up after so long (default: #{Experiment::Trial::TIMEOUT})") { |seconds| @options[:timeout] = seconds }
      end

      # @param place [Guard::InPlace, Experiment::Workspace] where the app is
      # @return [Recording] of a boot that compiled nothing
      # @raise [Error] when the app does not boot
      def record_in(place)
        Dir.mktmpdir("memtrim") do |dir|
          file = File.join(dir, "boot.memtrim")
          warm(place) { Boot.new(app: place.directory, gemfile: place.gemfile, variables: place.variables, **booting, progress: @err).record(file) }
          open_recording(file)
        end
      end

      # @param counted [Boolean]
      # @return [Hash] as Experiment::Trial#run gives it, of a boot that compiled nothing
      def trial_in(place, counted)
        warm(place) do
          Experiment::Trial.new(place, Experiment::Variant.base, counted: counted, seed: (rand(1 << 32) unless counted), **booting).run
        end
      ensure
        Subprocess.sweep
      end

      def warm(place)
        boots = 0
        Guard::CompileCache.new(place.directory, place.variables).warm do
          note "Bootsnap had something to compile: booting again" if (boots += 1) == 2
          yield
        end
      end

      def booting
        {timeout: Experiment::Trial::TIMEOUT, **@options.slice(:env, :timeout)}
      end
    end
  end
end
