# frozen_string_literal: true

require "json"
require "rbconfig"
require_relative "verdict"

module Verdicts
  # `memtrim trace` over the app's own tests, then `memtrim unused`.
  class Ours
    MEMTRIM = [RbConfig.ruby, File.expand_path("../../../bin/memtrim", __dir__)].freeze

    # @param subject [Subject] without a trace
    # @return [Hash{String => Verdict}] by name, of source alone
    def static(subject)
      unused(subject)
    end

    # @param subject [Subject]
    # @return [Hash{String => Verdict}] by name
    def verdicts(subject)
      memtrim(subject, [0], "trace", "--app", subject.directory, "--", "sh", "-c", subject.tests)
      unused(subject)
    end

    private

    def unused(subject)
      said = JSON.parse(memtrim(subject, [0, 1], "unused", "--app", subject.directory, "--all", "--format", "json"))
      said.fetch("verdicts").to_h { |json| [json.fetch("name"), Verdict.of(json)] }
    end

    def memtrim(subject, fine, *arguments)
      outcome = subject.run(*MEMTRIM, *arguments)
      raise "memtrim #{arguments.first} of #{subject.name} ends with #{outcome.status}:\n#{outcome.err}" unless fine.include?(outcome.status)
      outcome.out
    end
  end
end
