# frozen_string_literal: true

require_relative "http_load"
require_relative "comparison/service"
require_relative "comparison/text"

module ShowcaseMemtrim
  # Two ways to run a whole service, started in turn, loaded alike and measured.
  class Comparison
    FIGURES = ProcessTree::FIGURES
    MEASURES = [*FIGURES, :processes, :threads, :ready_seconds].freeze
    SHOWN = %i[pss_bytes anon_bytes rss_bytes].freeze

    # @param commands [Hash{Symbol => String}] :a and :b
    # @param app [String] where they run
    # @param env [String] RAILS_ENV
    # @param trials [Integer] how often each is started
    # @param requests [Array<String>] paths to GET; none is requested but these
    # @param count [Integer] requests of each
    # @param concurrency [Integer] how many at a time
    # @param idle [Numeric] seconds between the last request and the measurement
    # @param ready_timeout [Numeric] seconds
    # @param progress [IO] where to say what is going on
    def initialize(commands, app:, env:, trials: 3, requests: [], count: 100, concurrency: 5, idle: 1, ready_timeout: 60, progress: $stderr)
      @commands = commands
      @app = app
      @env = env
      @trials = trials
      @paths = requests
      @load = {paths: requests, count: count, concurrency: concurrency}
      @idle = idle
      @ready_timeout = ready_timeout
      @progress = progress
    end

    # Runs all trials, one at a time: what else runs changes what is shared.
    #
    # @return [Hash] as docs/compare.md tells
    # @raise [Error] when any of them fails: nothing is told from half a comparison
    def run
      made = {a: [], b: []}
      @trials.times do |number|
        (number.even? ? %i[a b] : %i[b a]).each { |side| made[side] << trial(side, number + 1) }
      end
      sides = made.to_h { |side, trials| [side, summary(side, trials)] }
      {schema: 1, app: File.basename(@app), rails_env: @env, **sides, **differences(sides, made), requests: (@load if @paths.any?)}
    end

    private

    def trial(side, number)
      @progress.puts "memtrim: starting #{side}, #{number} of #{@trials}…"
      Service.run(@commands.fetch(side), app: @app, env: @env) do |service|
        measure(service)
      rescue Error => error
        lines = service.last_lines
        @progress.puts(lines.map { |line| "#{side}> #{line}" })
        raise Error, "#{side} #{error.message}; #{lines.any? ? "its last lines are above" : "it printed nothing"}: #{@commands[side]}"
      end
    end

    def measure(service)
      ready_seconds = service.wait_until_ready(timeout: @ready_timeout, must_listen: @paths.any?)
      answers = @paths.any? ? HttpLoad.new(**@load).run(service.host, service.port) : {}
      sleep @idle
      service.check_alive("before it was measured")
      usage = service.usage
      {usage: usage, answers: answers, listened: !service.host.nil?,
       **usage.slice(*FIGURES), processes: usage[:processes].size, threads: usage[:threads], ready_seconds: ready_seconds.round(2)}
    end

    def summary(side, trials)
      middle = trials.sort_by { |trial| trial[:pss_bytes] }[(trials.size - 1) / 2]
      medians = MEASURES.to_h { |name| [name, median(trials.map { |trial| trial[name] })] }
      {
        command: @commands[side],
        listened: trials.all? { |trial| trial[:listened] },
        trials: trials.map { |trial| trial.slice(*MEASURES) },
        **medians.slice(*FIGURES, :threads, :ready_seconds),
        processes: middle[:usage][:processes].map { |process| process.slice(:command, *SHOWN) },
        answers: middle[:answers]
      }
    end

    # An Integer of Integers.
    def median(numbers)
      median = Statistics.median(numbers)
      numbers.all?(Integer) ? median.round : median
    end

    # Of the medians; the intervals are those of the means' difference, and none of a single trial.
    def differences(sides, made)
      told = SHOWN.to_h { |name| [name, Statistics.difference(*made.values.map { |trials| trials.map { |trial| trial[name] } })] }
      {
        difference: SHOWN.to_h { |name| [name, sides[:b][name] - sides[:a][name]] },
        intervals: told.transform_values { |_, low, high| [low.round, high.round] if low }
      }
    end
  end
end
