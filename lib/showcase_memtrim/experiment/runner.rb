# frozen_string_literal: true

require "etc"
require_relative "../clock"
require_relative "fingerprint"
require_relative "parallel"
require_relative "progress"
require_relative "trial"

module ShowcaseMemtrim
  module Experiment
    # Runs the trials that are wanted: as many at once as there are cores, those of all variants mixed, so that
    # whatever else the machine does falls on all alike.
    class Runner
      # Trials, for each that runs at once, after which the daemons that apps have left are ended.
      SWEEP_AFTER = 8
      # Bytes of memory that one trial may need: fewer run at once on a machine that has less.
      ROOM = 512 << 20

      # @return [Integer] trials at once
      attr_reader :jobs

      # @param trials [Trials] which says what is wanted, and takes what is measured
      # @param store [Store, nil] trials kept from before, and for later
      # @param progress [Progress]
      # @param options [Hash] of every trial, as Trial takes them
      def initialize(workspace, trials, store: nil, progress: Progress.new(nil), jobs: nil, **options)
        @workspace = workspace
        @trials = trials
        @store = store
        @progress = progress
        @jobs = jobs || Runner.jobs
        @options = options
        @variants = []
        @details = {}
        @checkouts = {}.compare_by_identity
        @lock = Mutex.new
      end

      # @return [Integer] trials at once, on this machine as it is
      def self.jobs
        (free_memory / ROOM).clamp(1, Etc.nprocessors)
      end

      # @return [Integer] bytes that processes could have without swapping (proc(5), MemAvailable)
      def self.free_memory
        Integer(File.read("/proc/meminfo")[/^MemAvailable: +(\d+) kB/, 1]) * 1024
      end

      # Adds a variant, and what is known of it from earlier runs.
      #
      # @return [Integer] its number among the trials
      def add(variant)
        @variants << variant
        @trials.add_variant(variant.to_json).tap do |index|
          @store&.trials(key(variant))&.each { |trial| take(index, trial) }
        end
      end

      # @param what [String] held or resident
      # @param seconds [Numeric, nil] after which no further trials begin
      # @raise [Error] when the app as it is does not boot, or not always
      def run(what, seconds: nil, details: [])
        deadline = seconds && Clock.now + seconds
        @progress.begin(what)
        until (round = @trials.wanted(what)).empty? || (deadline && Clock.now > deadline)
          @progress.expect(@trials.remaining(what), deadline && (deadline - Clock.now))
          round.shuffle.each_slice(SWEEP_AFTER * @jobs) do |some|
            break if deadline && Clock.now > deadline
            Parallel.map(some, jobs: @jobs) { |index| measure(index, what == "held", details) }
            Subprocess.sweep
          end
        end
        raise Error, "nothing can be proved of this app: #{@trials.base_failure}" if @trials.base_failure
      ensure
        @progress.done
      end

      # @return [Object, nil] of a variant's trials, what was asked besides figures
      def detail(index, name)
        @details.dig(index, name)
      end

      # Single trials beside the comparison, in order.
      #
      # @param variants [Array<Variant>]
      # @return [Array<Hash>] as Trial#run gives them
      def try(variants, details: [])
        Parallel.map(variants, jobs: @jobs) { |variant| Trial.new(@workspace, variant, counted: true, details: details, **@options).run }
      end

      private

      def measure(index, counted, details)
        variant = @variants.fetch(index)
        started = Clock.now
        trial = Trial.new(@workspace, variant, counted: counted, seed: (rand(1 << 32) unless counted), details: details, **@options).run
        @lock.synchronize do
          @progress.step(Clock.now - started, @jobs)
          @details[index] = trial.delete(:details) if trial[:details]&.any?
          @store&.add(key(variant), trial) unless trial[:error] && index.zero? # which may be chance, and would end every run
          take(index, trial)
        end
      end

      def take(index, trial)
        @trials.add_trial(index, JSON.generate(trial))
      end

      def key(variant)
        [@options[:env], @options[:workload]&.key, variant.key, checkout(variant.workspace)].compact.reject(&:empty?).join(" ")
      end

      # The store's own fingerprint is the base's: another checkout, or a revision, has one besides.
      def checkout(workspace)
        @checkouts[workspace] ||= "checkout=#{Fingerprint.of(workspace, env: @options[:env])}" if workspace
      end
    end
  end
end
