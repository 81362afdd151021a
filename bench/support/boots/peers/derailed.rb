# frozen_string_literal: true

# derailed_benchmarks' `bundle:mem` and `perf:mem`: the growth of RSS while a feature is required, by its name.
# A feature that several gems require counts for the first, as its output says.
require_relative "setup"
require "derailed_benchmarks/core_ext/kernel_require"

require File.expand_path("config/environment")
Clock.stop

def costs(node, found = Hash.new(0))
  node.children.each do |child|
    found[child.name.to_s] = child.cost * 1024 * 1024 if child.cost > found[child.name.to_s]
    costs(child, found)
  end
  found
end

Peer.result(costs(TOP_REQUIRE))
