# frozen_string_literal: true

require_relative "labels"
require_relative "verdict"

module Verdicts
  # What one tool says of one app, held against the labels.
  class Score
    # @return [String]
    attr_reader :tool, :app

    # @param labels [Hash{String => Label}] of the app
    # @param verdicts [Hash{String => Verdict}] of the tool
    # @param silent [String, nil] what it means that the tool does not name a thing; nil: a tool that should name it
    # @param railties [Boolean] whether it knows railties
    def initialize(tool, app, labels, verdicts, silent: nil, railties: true)
      @tool = tool
      @app = app
      @labels = railties ? labels : labels.reject { |_, label| label.railtie? }
      @verdicts = verdicts
      @silent = silent
    end

    # @return [Hash{String => Label}] that the tool was asked about
    attr_reader :labels

    # @return [Array<String>] removed, and in use; or removed, and nobody has said what is true of it
    def false_removes
      @verdicts.values.select(&:removes?).reject { |verdict| @labels[verdict.name]&.accepts?(verdict.verdict) }.map(&:name)
    end

    # @return [Array<String>] deferred, and it does not bear that
    def false_defers
      @labels.select { |name, label| said(name) == "defer" && !label.accepts?("defer") && !label.unused? }.keys
    end

    # @return [Array<String>] in use, with a verdict that is neither right nor harmful: an unknown too many, a keep of what
    #   should wait, nothing at all
    def missed
      @labels.reject { |name, label| label.accepts?(said(name)) || label.unused? || %w[remove move defer].include?(said(name)) }.keys
    end

    # @return [Array<String>] nothing uses them
    def unused
      @labels.select { |_, label| label.unused? }.keys
    end

    # @return [Array<String>] unused, and the tool names it as a finding: to be removed, or with what speaks against that
    def found
      unused.select { |name| [@labels[name].best, "unknown"].include?(said(name)) }
    end

    # @return [Array<String>] of these, those that it says to remove
    def removed
      unused.select { |name| said(name) == @labels[name].best }
    end

    # @return [Array<String>] unused, and the tool says that they are in use
    def false_keeps
      unused.select { |name| %w[keep defer].include?(said(name)) }
    end

    # @return [Array<String>] what the label wants besides a verdict and the tool does not have
    def unproved
      @labels.filter_map do |name, label|
        verdict = @verdicts[name] or next
        next "#{name} without #{label.evidence}" if label.evidence && verdict.files.none? { |file| file.end_with?(label.evidence) }
        "#{name} is #{verdict.confidence}, not #{label.confidence}" if label.confidence && verdict.confidence != label.confidence
      end
    end

    # @return [String, nil] keep, defer, remove, move, unknown; nil: it says nothing of it
    def said(name)
      @verdicts[name]&.verdict || @silent
    end

    def to_h
      {
        tool: tool, app: app, labelled: @labels.size, unused: unused.size, found: found.size, removed: removed.size, false_removes: false_removes, false_keeps: false_keeps,
        false_defers: false_defers, missed: missed, unproved: unproved, said: @labels.to_h { |name, label| [name, {label: label.best, said: said(name)}] }
      }
    end
  end
end
