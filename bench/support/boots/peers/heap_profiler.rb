# frozen_string_literal: true

# heap-profiler's two dumps of the boot; heap_profiler_report.rb reads them.
require_relative "setup"
require "heap-profiler"

HeapProfiler.report(ENV.fetch("PEER_DIRECTORY")) { require File.expand_path("config/environment") }
Clock.stop
