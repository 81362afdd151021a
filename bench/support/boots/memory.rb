# frozen_string_literal: true

# A booted app that asks for its memory, ARGV.first times, and in turn reads the kernel's file and nothing else.
require "bundler/setup"
require File.expand_path("../../../lib/showcase_memtrim", __dir__)
require "json"
require_relative "clock"
require File.expand_path("config/environment")
Clock.stop

TIMES = Integer(ARGV.fetch(0))
CLOCKS = [Process::CLOCK_MONOTONIC, Process::CLOCK_THREAD_CPUTIME_ID].freeze

def spent
  before = CLOCKS.map { |clock| Process.clock_gettime(clock, :float_microsecond) }
  yield
  CLOCKS.map.with_index { |clock, index| Process.clock_gettime(clock, :float_microsecond) - before[index] }
end

started = Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_microsecond)
memory = ShowcaseMemtrim.memory
first = Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_microsecond) - started
rounds = Array.new(TIMES) do
  [spent { ShowcaseMemtrim.memory }, spent { ShowcaseMemtrim.memory(pss: false) }, spent { File.read("/proc/self/smaps_rollup") }]
end
calls, counted, reads = rounds.transpose.map(&:transpose)
GC.start
GC.disable
objects = GC.stat(:total_allocated_objects)
TIMES.times { ShowcaseMemtrim.memory }
objects = (GC.stat(:total_allocated_objects) - objects).fdiv(TIMES)
result = {memory: memory.to_h, first: first, calls: calls, counted: counted, reads: reads, objects: objects}
File.write(ENV.fetch("BOOT_RESULT"), JSON.generate(result))
