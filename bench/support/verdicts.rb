# frozen_string_literal: true

require "json"
require_relative "tools"
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

    # @return [Array<Score>] memtrim's first, if it was asked
    attr_reader :scores

    # Asks the tools.
    #
    # @param app [String]
    # @param tools [Array<String>] of memtrim, degem, grep
    # @param defers [Boolean] whether to try each defer verdict
    def self.of(app, tools:, defers: true)
      subject = Subject.find(app)
      gems = subject.gems
      labels = Labels.of(app).select { |name, label| label.railtie? || gems.include?(name) } # some stand there for an old Ruby only
      of_source, verdicts = Ours.new.then { |ours| [ours.static(subject), ours.verdicts(subject)] } if tools.include?("memtrim")
      scores = [*(Score.new("memtrim", app, labels, verdicts) if verdicts), *peers(subject, labels, tools)]
      new(app, scores, static: of_source || {}, deferred: (defers && verdicts) ? DeferralCheck.failures(app, verdicts) : {})
    end

    # What the others don't name they hold to be in use.
    def self.peers(subject, labels, tools)
      [*(Degem.new if tools.include?("degem")), *(Grep.new(labels.values.reject(&:railtie?).map(&:name)) if tools.include?("grep"))].map do |tool|
        Score.new(tool.name, subject.name, labels, tool.verdicts(subject), silent: "keep", railties: false)
      end
    end
    private_class_method :peers

    # @param scores [Array<Score>]
    # @param static [Hash{String => Verdict}] memtrim's, of source alone
    # @param deferred [Hash{String => String, nil}] by gem: what went wrong when it was deferred as memtrim says
    def initialize(app, scores, static: {}, deferred: {})
      @app = app
      @scores = scores
      @static = static.values.select(&:removes?).map(&:name)
      @deferred = deferred
      @ours = scores.find { |score| score.tool == "memtrim" }
    end

    # @return [Array<String>] limits that are broken; of the peers none is
    def broken
      return [] unless @ours
      [
        *@static.map { |name| "#{name}: remove, by its source alone" }, *@ours.false_removes.map { |name| "#{name}: #{@ours.said(name)}, and it is in use" },
        *@ours.false_defers.map { |name| "#{name}: defer, and it does not bear that" }, *@ours.unproved,
        *@deferred.filter_map { |name, failure| "#{name}: deferred as told, the app #{failure}" if failure }
      ].map { |what| "#{app}: #{what}" }
    end

    # @return [Array<String>] what was expected otherwise, without harm
    def notes
      return [] unless @ours
      (@ours.missed + (@ours.unused - @ours.removed)).map { |name| "#{app}: #{name} is #{@ours.said(name) || "not named"}, not #{@ours.labels[name].best}" }
    end

    def to_h
      {app: app, scores: scores.map(&:to_h), static_removes: @static, deferred: @deferred, broken: broken}
    end

    # @return [Array<Array<String>>] of each thing: its name, the truth, and what each tool says
    def rows
      labels = scores.map(&:labels).max_by(&:size)
      labels.map { |name, label| [name, [label.best, *label.also].join("/"), *scores.map { |score| score.labels.key?(name) ? score.said(name) || "-" : "" }] }
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
        [tool, scores.sum { |score| score.labels.size }, *%i[false_removes false_defers missed].map { |what| scores.sum { |score| score.public_send(what).size } }, "#{found} of #{unused}", scores.sum { |score| score.removed.size }, scores.sum { |score| score.false_keeps.size }]
      end
      Figures.table([["all apps", "labelled", "false removes", "false defers", "other misses", "unused found", "removed", "unused kept"], *tools])
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
