# frozen_string_literal: true

require_relative "../figures"
require_relative "../result"

module Settle
  # What the server holds after 260 requests, and when it has idled; settled or not, with the collector's ratios or without.
  class Memory
    COUNT = 20 # requests of each page
    KINDS = ["stock", "settled", "ratios .10/.20/.30", "ratios, settled"].freeze

    def initialize(app, rounds)
      @app = app
      @rounds = rounds
    end

    def to_h
      {requests: COUNT * paths.size, rounds: @rounds, figures: trials, saved_bytes: KINDS.drop(1).to_h { |kind| [kind, saved(kind)] }}
    end

    def lines
      rows = KINDS.map { |kind| [kind, *%i[booted busy idle].map { |stage| Figures.mb(Figures.mean(of(kind, stage)), 1) }, interval(saved(kind))] }
      ["memory, #{@rounds} rounds", *Figures.table([["anon, MB", "after the boot", "after #{COUNT * paths.size} requests", "idle", "saved when idle (95 %)"], *rows])]
    end

    def results
      [["settled", "stock"], ["ratios, settled", "ratios .10/.20/.30"]].map do |kind, without|
        Result.new(what: "anon of an idle server, #{kind} beside #{without}, MB less", value: interval(saved(kind, without)), ok: saved(kind, without)[1].positive?)
      end + [Result.new(what: "each idle period settled once, and stock never", value: trials.map { |kind, all| "#{kind}: #{all.map { |trial| trial[:settled] }.join(" ")}" }.join(", "), ok: right_number?)]
    end

    private

    def paths
      PAGES + RARE
    end

    def right_number?
      trials.all? { |kind, all| all.all? { |trial| trial[:settled] == (kind.include?("settled") ? 1 : 0) } }
    end

    # Bytes less than without, when idle, and the two ends of its 95 % interval.
    def saved(kind, without = "stock")
      ShowcaseMemtrim::Statistics.difference(*[kind, without].map { |name| of(name, :idle).map(&:to_f) })
    end

    def interval(saved)
      value, low, high = saved.map { |bytes| Figures.mb(bytes, 1) }
      "#{value} (#{low} to #{high})"
    end

    def of(kind, stage)
      trials.fetch(kind).map { |trial| trial[stage] }
    end

    # @return [Hash{String => Array<Hash>}] the order shifts with each round
    def trials
      @trials ||= KINDS.to_h { |kind| [kind, []] }.tap do |all|
        @rounds.times { |round| KINDS.rotate(round).each { |kind| all[kind] << trial(variables(kind)) } }
      end
    end

    def variables(kind)
      {**(kind.include?("settled") ? SETTLED : STOCK), **(kind.include?("ratios") ? RATIOS : STOCK)}
    end

    def trial(variables)
      @app.serve(variables) do |server|
        booted = server.anon
        failed = server.client.get(paths, COUNT).reject { |answer| answer.status == 200 }
        raise "#{failed.first.path} answered #{failed.first.status}" if failed.any?
        busy = server.anon
        sleep PAUSE
        {booted: booted, busy: busy, idle: server.anon, settled: server.settled}
      end
    end
  end
end
