# frozen_string_literal: true

# A boot as it is without us, and the CPU time at its end.
require "bundler/setup"
require File.expand_path("config/environment")
File.write(ENV.fetch("BOOT_CLOCK"), Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID))
