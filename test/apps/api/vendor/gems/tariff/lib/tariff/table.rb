# frozen_string_literal: true

module Tariff
  # The published prices: a base for each zone, and a price for each started kilogram.
  class Table
    FILE = File.expand_path("../../data/tariff.yml", __dir__)

    def self.load(file = FILE)
      new(YAML.safe_load_file(file))
    end

    def initialize(data)
      @regions = data.fetch("regions").flat_map { |region, countries| countries.map { |country| [country, region] } }.to_h
      @prices = data.fetch("prices")
    end

    def region(country)
      @regions[country]
    end

    def price(zone, grams)
      price = @prices.fetch(zone)
      price.fetch("base") + price.fetch("kilogram") * (grams / 1000.0).ceil
    end
  end
end
