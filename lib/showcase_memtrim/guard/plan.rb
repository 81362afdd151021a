# frozen_string_literal: true

require "json"
require_relative "../app"
require_relative "../configuration"
require_relative "lock"

module ShowcaseMemtrim
  module Guard
    # What an app's boots are held to, as a ShowcaseMemtrim::Budget takes it.
    class Plan
      # @return [Array<Configuration::Limit>]
      attr_reader :limits

      # @param directory [String] the app's
      # @param limits [Array<#to_h>] by default those of its config/memtrim.yml
      # @param lock [Lock, nil] nil: without a baseline
      # @param blame_only [Boolean] the baseline only says who has grown: that is no limit
      # @raise [Error] for a config/memtrim.yml that is none, with the line
      def initialize(directory, limits: Configuration.read(directory).budget, lock: Lock.new(directory), blame_only: false)
        @directory = directory
        @limits = limits
        @lock = lock
        @blame_only = blame_only
      end

      # @return [Boolean] whether there is anything to hold a boot to
      def any?
        @limits.any? || (!@lock.nil? && @lock.exist?)
      end

      # @return [String]
      # @raise [Error] when the baseline can't be read
      def to_json(*)
        JSON.generate(limits: @limits.map(&:to_h), baseline: baseline, lines: lines)
      end

      private

      def baseline
        @lock&.to_h&.merge(blame_only: @blame_only)
      end

      # @return [Hash{String => String}] gem → "Gemfile:12", as far as it can be told
      def lines
        require_relative "../verdicts/gemfile"
        Verdicts::Gemfile.new(App.new(@directory).gemfile, @directory).places
      rescue Error
        {} # no parser for it: the blame goes without lines
      end
    end
  end
end
