# frozen_string_literal: true

# One trial of bench/truth: an unrecorded boot without the gems and railties named in LEAVE_OUT, and what it
# holds at its end: bytes of live slots, of live blocks (0 without the counter preloaded) and of all objects.
require_relative "../../../lib/showcase_memtrim/native"
require_relative "leave_out"
require "bundler/setup"

LeaveOut.prepare
require File.expand_path("config/environment")
holdings = ShowcaseMemtrim::Recorder.holdings(GC::INTERNAL_CONSTANTS.fetch(:HEAP_PAGE_SIZE, 65_536))
File.write(ENV.fetch("BOOT_RESULT"), holdings.join(" "))
