# frozen_string_literal: true

# memory_profiler's "retained memory by gem" of the boot.
require_relative "setup"
require "memory_profiler"

report = MemoryProfiler.report(top: 10_000) { require File.expand_path("config/environment") }
Clock.stop
Peer.result(report.retained_memory_by_gem.to_h { |row| [row[:data], row[:count]] }) unless Peer.timing?
