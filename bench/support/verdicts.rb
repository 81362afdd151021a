# frozen_string_literal: true

require "json"
require_relative "figures"
require_relative "verdicts/deferral_check"
require_relative "verdicts/degem"
require_relative "verdicts/grep"
require_relative "verdicts/label_check"
require_relative "verdicts/labels"
require_relative "verdicts/ours"
require_relative "verdicts/score"
require_relative "verdicts/subject"

# Verdicts on gems and railties, held against what a person found out (verdicts/labels.yml).
module Verdicts
  # Of the truly unused.
  LEAST_FOUND = 0.9

  # One app: what memtrim says of it, what the peers say, and whether what memtrim says can be done.
  class Comparison
    # @return [String]
    attr_reader :app

    # @return [Array<Score>] memtrim's first
    attr_reader :scores

    # @param app [String]
    # @param tools [Array<String>] of memtrim, degem, grep
    # @param defers [Boolean] whether to try each defer verdict
    def initialize(app, tools:, defers: true)
      @app = app
      @labels = Labels.of(app)
      @subject = Subject.find(app)
      @ours = ours(defers) if tools.include?("memtrim")
      @scores = [@ours&.fetch(:score), *peers(tools)].compact
    end

    # @return [Array<String>] limits that are broken; of the peers none is
    def broken
      return [] unless @ours
      score = @ours.fetch(:score)
      [
        *@ours.fetch(:static).map { |name| "#{name}: remove, by its source alone" }, *score.false_removes.map { |name| "#{name}: remove, and it is in use" },
        *score.false_defers.map { |name| "#{name}: defer, and it does not bear that" }, *score.unproved,
        *@ours.fetch(:deferred).filter_map { |name, failure| "#{name}: deferred as told, the app #{failure}" if failure }
      ].map { |what| "#{app}: #{what}" }
    end

    # @return [Array<String>] what was expected otherwise, without harm
    def notes
      score = @ours&.fetch(:score) or return []
      (score.missed + (score.unused - score.found)).map { |name| "#{app}: #{name} is #{score.said(name) || "not named"}, not #{@labels[name].best}" }
    end

    def to_h
      {app: app, scores: scores.map(&:to_h), static_removes: @ours&.fetch(:static), deferred: @ours&.fetch(:deferred), broken: broken}
    end

    # @return [Array<String>] one cell for each tool: what it says of each thing
    def rows
      @labels.map { |name, label| [name, [label.best, *label.also].join("/"), *scores.map { |score| score.labels.key?(name) ? score.said(name) || "-" : "" }] }
    end

    private

    def ours(defers)
      tool = Ours.new
      static = tool.static(@subject).values.select { |verdict| %w[remove move].include?(verdict.verdict) }.map(&:name)
      verdicts = tool.verdicts(@subject)
      {static: static, score: Score.new(tool.name, app, @labels, verdicts), deferred: defers ? deferred(verdicts) : {}}
    end

    def deferred(verdicts)
      asked = verdicts.values.select { |verdict| verdict.verdict == "defer" }
      return {} if asked.empty?
      check = DeferralCheck.new(app)
      asked.to_h { |verdict| [verdict.name, check.failure(verdict)] }
    end

    def peers(tools)
      gems = @labels.keys.reject { |name| name.include?("/") }
      [
        *(Score.new("degem", app, @labels, Degem.new.verdicts(@subject), silent: "keep", railties: false) if tools.include?("degem")),
        *(Score.new("grep", app, @labels, Grep.new.verdicts(@subject, gems), silent: "keep", railties: false) if tools.include?("grep"))
      ]
    end
  end

  # All apps together, tool by tool.
  class Summary
    # @param comparisons [Array<Comparison>]
    def initialize(comparisons)
      @comparisons = comparisons
    end

    # @return [Array<String>] limits that are broken
    def broken
      scores = by_tool["memtrim"] or return []
      found, unused = scores.sum { |score| score.found.size }, scores.sum { |score| score.unused.size }
      few = "memtrim finds #{found} of #{unused} that are unused, at least #{(LEAST_FOUND * 100).round} %"
      [*@comparisons.flat_map(&:broken), *([few] if found < LEAST_FOUND * unused)]
    end

    # @return [Array<String>]
    def lines
      tools = by_tool.map do |tool, scores|
        unused = scores.sum { |score| score.unused.size }
        found = scores.sum { |score| score.found.size }
        [tool, scores.sum { |score| score.labels.size }, *%i[false_removes false_defers missed].map { |what| scores.sum { |score| score.public_send(what).size } }, "#{found} of #{unused}", scores.sum { |score| score.false_keeps.size }]
      end
      Figures.table([["all apps", "labelled", "false removes", "false defers", "other misses", "unused found", "unused kept"], *tools])
    end

    def to_h
      {apps: @comparisons.map(&:to_h), broken: broken}
    end

    private

    def by_tool
      @comparisons.flat_map(&:scores).group_by(&:tool)
    end
  end
end
