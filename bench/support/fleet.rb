# frozen_string_literal: true

require_relative "tools"
require_relative "../../lib/showcase_memtrim"
require_relative "../../lib/showcase_memtrim/native"
require_relative "figures"
require_relative "result"

# What bench/fleet shows.
module FleetBench
  MEMTRIM = File.expand_path("../../bin/memtrim", __dir__)
  # What names a tenant to the sample app: its database.
  DATABASE = "RAILS_APP_DB"
  # Tenants that are projected from.
  FIRST = 2
  # What each tenant is asked for, so that all are alike: so many of each.
  PAGES = %w[/ /event/schedule /studios /studios/new /people /people/new /dances /entries /heats /heats.json].freeze
  COUNT = 3
  # Seconds until servers that were asked something are measured.
  SETTLE = 3

  require_relative "fleet/server"
  require_relative "fleet/stage"
  require_relative "fleet/reading"
  require_relative "fleet/projection"
  require_relative "fleet/trimmed"
  require_relative "fleet/watching"

  # What the watch costs, as a section.
  class Costs
    def lines
      ["memtrim fleet --watch"]
    end

    def results
      @results ||= Watching.new.results
    end

    def to_h
      {results: results.map(&:to_h)}
    end
  end

  SECTIONS = {
    "projection" => ->(tenants, _, variable) { Projection.new(tenants, variable) },
    "trimmed" => ->(tenants, minutes, variable) { Trimmed.new(tenants, variable, minutes: minutes) },
    "watching" => ->(*) { Costs.new }
  }.freeze
end
