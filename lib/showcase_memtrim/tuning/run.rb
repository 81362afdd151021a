# frozen_string_literal: true

require "json"
require_relative "../clock"
require_relative "../experiment/candidates"
require_relative "../experiment/parallel"
require_relative "../experiment/progress"
require_relative "../experiment/runner"
require_relative "../experiment/side_by_side"
require_relative "../experiment/trial"

module ShowcaseMemtrim
  class Tuning
    # A search: the trials that it wants, of processes of the app that serve requests under its own Puma.
    class Run
      SWEEP_AFTER = Experiment::Runner::SWEEP_AFTER
      STOCK = Changes.new(name: "stock")

      # @param workspace [Experiment::Workspace]
      # @param stock [Stock]
      # @param extra [Array<Changes>] candidates besides those that the search knows
      # @param skip [Array<String>] levers to leave alone
      # @param cpu_limit [Float] more CPU for a request that a winner may take: 0.05 is 5 %
      # @param seconds [Numeric] for all of it
      # @param workload [Experiment::Workload]
      # @param env [String] RAILS_ENV
      # @param timeout [Numeric, nil] seconds for a boot; nil: five times that of the first one
      # @param jobs [Integer, nil] processes at once, at most; two at least
      # @param progress [Experiment::Progress]
      def initialize(workspace, stock:, workload:, env:, extra: [], skip: [], cpu_limit: 0.05, seconds: 600, timeout: nil, jobs: nil, progress: Experiment::Progress.new(nil))
        @workspace = workspace
        @stock = stock
        @workload = workload
        @env = env
        @extra = extra
        @skip = skip
        @cpu_limit = cpu_limit
        @seconds = seconds
        @timeout = timeout
        @jobs = jobs || Experiment::Runner.jobs
        @progress = progress
        @lock = Mutex.new
        @refused = {}
      end

      # @return [Run] itself, with all that the time allowed
      # @raise [Error] when the app as it is does not serve its requests, or not always
      def run
        @started = Clock.now
        learn
        search
        raise Error, "nothing can be tuned of this app: #{@tuning.base_failure}" if @tuning.base_failure
        self
      end

      # @param format [String] text or json
      # @param notes [Array<String>] lines a reader should know
      def render(format, width, notes: [])
        header = {
          app: File.basename(@workspace.app), environment: @stock.runtime.slice(:ruby, :rails, :platform, :allocator, :rails_env), requests: @stock.runtime.fetch(:paths),
          count: @workload.count, seconds: (Clock.now - @started).round(1), lines: lines, notes: notes
        }
        @tuning.render(format, width, JSON.generate(header))
      end

      private

      def seconds_left
        @seconds - (Clock.now - @started)
      end

      # The first boot fills Bootsnap's cache, and tells what the app runs on: it is no measurement.
      def learn
        @progress.say "starting #{File.basename(@workspace.app)} (#{@env})…"
        trial = Experiment::Trial.new(@workspace, @stock.variant(STOCK), counted: false, env: @env, workload: @workload, timeout: @timeout || Experiment::Trial::TIMEOUT, details: [:runtime]).run
        Subprocess.sweep
        raise Error, "the app can't be tuned: #{trial.values_at(:error, :line).compact.join(", in ")}" if trial[:error]
        @stock.learn(trial)
        @timeout ||= [Experiment::Candidates::TIMES * trial.dig(:figures, :boot_seconds), Experiment::Candidates::SHORTEST].max
        @tuning = Tuning.new(JSON.generate(plan))
      end

      def plan
        @extra.each do |changes|
          why = @stock.refusal(@stock.effective(changes))
          raise Error, "--try #{changes.name}: #{why}" if why
        end
        {**@stock.to_h, jemalloc: jemalloc, extra: @extra.map(&:to_h), cpu_limit: @cpu_limit, skip: @skip, jobs: @jobs}
      end

      def jemalloc
        Jemalloc.library unless @stock.runtime[:allocator] == "jemalloc" || @skip.include?("allocator")
      end

      def search
        until (wanted = @tuning.wanted([seconds_left, 0].max)).empty? || seconds_left.negative?
          begin_phase
          @progress.expect(wanted.size, seconds_left)
          wanted.shuffle.each_slice(SWEEP_AFTER * jobs) do |some|
            break if seconds_left.negative? || @tuning.base_failure
            Experiment::Parallel.map(some, jobs: jobs) { |index| measure(index) }
            Subprocess.sweep
          end
          break if @tuning.base_failure
        end
      ensure
        @progress.done
      end

      def begin_phase
        return if @phase == @tuning.phase
        @phase = @tuning.phase
        @progress.begin("tune, #{@phase}")
      end

      def jobs
        @tuning.jobs
      end

      def measure(index)
        started = Clock.now
        own, stock = pair(changes(index))
        took = Clock.now - started
        @lock.synchronize do
          @progress.step(took, jobs)
          @tuning.add_pair(index, JSON.generate(own: own, stock: stock, took: took))
        end
      end

      # Both begin with the same random litter.
      #
      # @return [Array<Hash, nil>] of the candidate, and of the app as it is
      def pair(changes)
        why = refusal(changes)
        return {counted: false, error: why}, nil if why
        variants = [changes, STOCK].map { |each| @stock.variant(each) }
        Experiment::SideBySide.new(@workspace, variants, workload: @workload, counted: false, env: @env, timeout: @timeout, seed: rand(1 << 32)).run
      end

      # Once for each: nothing of it changes from trial to trial.
      def refusal(changes)
        key = changes.to_a
        return @refused[key] if @lock.synchronize { @refused.key?(key) }
        why = (@stock.refusal(changes) unless changes.none?)
        @lock.synchronize { @refused[key] = why }
      end

      def changes(index)
        @stock.effective(Changes.new(**JSON.parse(@tuning.candidate(index)).transform_keys(&:to_sym).slice(*Changes.members)))
      end

      def lines
        @tuning.winner ? Lines.new(@workspace.app, changes(@tuning.winner), preloaded: @stock.preload).to_h : {}
      end
    end
  end
end
