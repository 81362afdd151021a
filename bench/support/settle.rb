# frozen_string_literal: true

require_relative "tools"
require_relative "../../lib/showcase_memtrim"
require_relative "../../lib/showcase_memtrim/native"

# What bench/settle shows.
module Settle
  PAGES = %w[/ /event/schedule /studios /studios/new /people /people/new /dances /entries /heats /heats.json].freeze
  # Which only a deferred gem can make: a spreadsheet, a PDF, a map's search.
  RARE = %w[/locations?q=Boston /entries.xlsx /packets/13].freeze

  STOCK = {}.freeze
  SETTLED = {"SETTLE" => '{"after_boot":true,"idle":1}'}.freeze
  RATIOS = {"RUBY_GC_HEAP_FREE_SLOTS_MIN_RATIO" => "0.10", "RUBY_GC_HEAP_FREE_SLOTS_GOAL_RATIO" => "0.20", "RUBY_GC_HEAP_FREE_SLOTS_MAX_RATIO" => "0.30"}.freeze
  # Seconds without a request: enough for an idle period of one, and the settling.
  PAUSE = 1.7

  require_relative "settle/app"
  require_relative "settle/memory"
  require_relative "settle/requests"

  SECTIONS = {"memory" => Memory, "requests" => Requests}.freeze
end
