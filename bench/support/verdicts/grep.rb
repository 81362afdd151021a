# frozen_string_literal: true

require "json"
require_relative "../bench_app"
require_relative "verdict"

module Verdicts
  # What a person does: grep for the gem's name, and for its constants.
  class Grep
    EXCLUDED = ["--exclude=Gemfile", "--exclude=Gemfile.lock", "--exclude-dir=.git", "--exclude-dir=log", "--exclude-dir=tmp", "--exclude-dir=node_modules"].freeze

    # @param names [Array<String>] of the gems to look for
    def initialize(names)
      @names = names
    end

    def name
      "grep"
    end

    # @param subject [Subject]
    # @return [Hash{String => Verdict}] remove where no file has one of the words
    def verdicts(subject)
      constants = BenchApp.new(subject.name, subject.directory).constants
      @names.reject { |name| named?(subject, [name, *(constants[name] || [])]) }.to_h { |name| [name, Verdict.new(name: name, kind: "gem", verdict: "remove", files: [])] }
    end

    private

    def named?(subject, words)
      outcome = subject.run("grep", "-rwlF", *EXCLUDED, *words.flat_map { |word| ["-e", word] }, ".")
      raise "grep: #{outcome.err}" if outcome.status > 1
      outcome.ok?
    end
  end
end
