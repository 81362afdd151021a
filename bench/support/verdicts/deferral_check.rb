# frozen_string_literal: true

require "yaml"
require_relative "subject"

module Verdicts
  # Does what a verdict says to defer: the edit in a copy of the app that has us, which then boots and passes its tests.
  class DeferralCheck
    CONFIGURATION = "config/memtrim.yml"

    # @param app [String]
    # @param verdicts [Hash{String => Verdict}] all of the app
    # @return [Hash{String => String, nil}] of each that says defer: what went wrong
    def self.failures(app, verdicts)
      asked = verdicts.values.select { |verdict| verdict.verdict == "defer" }
      check = new(app) if asked.any?
      asked.to_h { |verdict| [verdict.name, check.failure(verdict)] }
    end

    # @param name [String] the app's
    def initialize(name)
      @prepared = Subject.with_us(name)
      installed = @prepared.run("bin/rails", "generate", "memtrim:install", env: {"RAILS_ENV" => "development"})
      raise "memtrim:install fails in #{@prepared.directory}:\n#{installed.out}#{installed.err}" unless installed.ok?
    end

    # @param verdict [Verdict] with its edit
    # @return [String, nil] what went wrong
    def failure(verdict)
      copy = @prepared.copy("deferred")
      entries = self.class.entries(verdict.edit) or return "no edit that YAML can read: #{verdict.edit.inspect}"
      write(copy.path(CONFIGURATION), entries)
      [["does not boot", copy.boot], ["fails its tests", copy.test]].each do |what, outcome|
        return "#{what}: #{(outcome.out + outcome.err).lines.last(5).join}" unless outcome.ok?
      end
      nil
    end

    # @param edit [Hash] of a verdict: the lines are those of `defer:`, with or without their key
    # @return [Hash, nil] gem → constants
    def self.entries(edit)
      entries = YAML.safe_load(Array(edit && edit["lines"]).join("\n"))
      entries = entries["defer"] if entries.is_a?(Hash) && entries.key?("defer")
      entries if entries.is_a?(Hash) && entries.any?
    rescue Psych::Exception
      nil
    end

    private

    def write(file, entries)
      configuration = YAML.safe_load_file(file) || {}
      File.write(file, YAML.dump(configuration.merge("defer" => (configuration["defer"] || {}).merge(entries))))
    end
  end
end
