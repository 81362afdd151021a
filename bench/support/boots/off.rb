# frozen_string_literal: true

# What `require "showcase_memtrim"` adds to a process where nothing is recorded.
$LOAD_PATH.unshift File.expand_path("../../../lib", __dir__)

def private_bytes
  GC.start
  File.read("/proc/self/smaps_rollup").scan(/^Private_\w+:\s+(\d+) kB/).sum { |(kilobytes)| kilobytes.to_i * 1024 }
end

private_bytes # what reading it takes itself is there from now on
before = private_bytes
started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
require "showcase_memtrim"
milliseconds = (Process.clock_gettime(Process::CLOCK_MONOTONIC) - started) * 1000
File.write(ENV.fetch("BOOT_RESULT"), %({"private": #{private_bytes - before}, "milliseconds": #{milliseconds}}))
