# frozen_string_literal: true

# "memory by gem" of `heap-profiler --retained-only DIRECTORY`, from the dump of heap_profiler.rb.
require_relative "setup"
require "heap_profiler/full"

heap = HeapProfiler::Dump.new(File.join(ENV.fetch("PEER_DIRECTORY"), "retained.heap"))
dimensions = HeapProfiler::Analyzer.new(heap, HeapProfiler::Index.new(heap)).run(["memory"], ["gem"])
Peer.result(dimensions.fetch("gem").memory)
