# frozen_string_literal: true

require_relative "../figures"
require_relative "../result"

module Settle
  # 1,000 requests in ten bursts, with a pause after each in which the server settles, or would: do all answer right, and as
  # soon?
  class Requests
    BURSTS = 10
    COUNT = 10 # requests of each page in a burst
    WORST = 1.1

    KINDS = {"stock" => STOCK, "settled" => SETTLED}.freeze

    # @param rounds [Integer] of the whole bench: one less is enough here
    def initialize(app, rounds)
      @app = app
      @rounds = [rounds - 1, 2].max
    end

    def to_h
      {rounds: @rounds, requests: runs.transform_values { |all| all.sum { |run| run[:answers].size } }, p50_seconds: seconds(0.5), p99_seconds: seconds(0.99), settled: runs.transform_values { |all| all.map { |run| run[:settled] } }}
    end

    def lines
      rows = KINDS.keys.map { |kind| [kind, *[0.5, 0.9, 0.99, 1.0].map { |share| format("%.1f", seconds(share)[kind] * 1000) }] }
      ["#{BURSTS * COUNT * PAGES.size} requests in #{BURSTS} bursts, #{@rounds} rounds", *Figures.table([%w[ms p50 p90 p99 slowest], *rows])]
    end

    def results
      ratio = seconds(0.99).then { |p99| p99["settled"] / p99["stock"] }
      [
        Result.new(what: "requests with settles in between that answer as stock's do", value: "#{right} of #{answers("settled").size} (#{bodies.size} of #{PAGES.size} pages compared byte by byte)", ok: right == answers("settled").size && bodies.any?),
        Result.new(what: "settles in #{BURSTS} idle periods", value: runs["settled"].map { |run| run[:settled] }.join(", "), ok: runs["settled"].all? { |run| run[:settled] == BURSTS } && runs["stock"].all? { |run| run[:settled].zero? }),
        Result.new(what: "p99 with settles in between, in times of stock's, at most #{WORST}", value: format("%.2f", ratio), ok: ratio <= WORST)
      ]
    end

    private

    # @return [Integer]
    def right
      answers("settled").count { |answer| answer.status == 200 && [nil, answer.body].include?(bodies[answer.path]) }
    end

    # @return [Hash{String => String}] by path, where stock always answers the same
    def bodies
      @bodies ||= answers("stock").group_by(&:path).transform_values { |all| all.map(&:body).uniq }.select { |_, all| all.one? }.transform_values(&:first)
    end

    # @return [Hash{String => Float}] by kind: within which that share of the requests was answered
    def seconds(share)
      KINDS.keys.to_h { |kind| [kind, answers(kind).map(&:seconds).sort.then { |all| all[(all.size * share).ceil - 1] }] }
    end

    def answers(kind)
      runs.fetch(kind).flat_map { |run| run[:answers] }
    end

    def runs
      @runs ||= KINDS.keys.to_h { |kind| [kind, []] }.tap do |all|
        @rounds.times { |round| KINDS.keys.rotate(round).each { |kind| all[kind] << run(KINDS.fetch(kind)) } }
      end
    end

    # The first requests of each page are no part of it: they load and compile what they need.
    def run(variables)
      @app.serve(variables) do |server|
        server.client.get(PAGES, 3)
        sleep PAUSE
        before = server.settled
        answers = Array.new(BURSTS) { server.client.get(PAGES, COUNT).tap { sleep PAUSE } }.flatten
        {answers: answers, settled: server.settled - before}
      end
    end
  end
end
