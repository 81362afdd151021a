# frozen_string_literal: true

require "concurrent/map"
require "concurrent/timer_task"
require "concurrent/executor/thread_pool_executor"
require_relative "../loaded_in_part"

# Action Cable needs a pool of threads and a timer: the rest (1 to 3 MB) is loaded for whoever asks for more.
Concurrent.extend(ShowcaseMemtrim::Cable::LoadedInPart.new { require ShowcaseMemtrim::Cable::Deferred.path("concurrent") })
