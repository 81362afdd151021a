# frozen_string_literal: true

require "yaml"
require_relative "tariff/table"
require_relative "tariff/version"

# What it costs to send a parcel from one country to another, in cents.
module Tariff
  class Unserved < StandardError; end

  class << self
    def quote(from:, to:, grams:)
      table.price(zone(from, to), grams)
    end

    def zone(from, to)
      [from, to].each { |country| raise Unserved, "nobody serves #{country}" unless serves?(country) }
      return "domestic" if from == to

      (table.region(from) == table.region(to)) ? "regional" : "world"
    end

    def serves?(country)
      !table.region(country).nil?
    end

    private

    def table
      @table ||= Table.load
    end
  end
end
