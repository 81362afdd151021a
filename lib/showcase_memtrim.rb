# frozen_string_literal: true

require_relative "showcase_memtrim/version"

# Makes Rails processes small and keeps them small. Requiring this file costs next to nothing: what measures,
# reports and trims is loaded when it is asked for.
module ShowcaseMemtrim
  # Bad input, or a boot that can't be measured: one line that says what is wrong and what to do.
  class Error < StandardError; end

  # The process that loaded this file: those forked from it share its memory.
  LOADED_BY = Process.pid

  autoload :CLI, File.join(__dir__, "showcase_memtrim/cli")
  autoload :Memory, File.join(__dir__, "showcase_memtrim/memory")
  autoload :Settle, File.join(__dir__, "showcase_memtrim/settle")
  autoload :Trace, File.join(__dir__, "showcase_memtrim/trace")

  # Collects all garbage, and gives what is free to the kernel. It takes as long as a full collection, a tenth of a second
  # or so, and Ruby's other threads wait for that part. Best where nothing else runs.
  #
  # @param compact [Boolean] false: no object is moved, not where Ruby can either (3.3 and newer)
  # @return [Settle::Settled, nil] what that gave back; nil, with one warning, where it can't be had
  # @see file:docs/settle.md
  def self.settle!(compact: true)
    Settle.now(compact: compact)
  end

  # What this process uses at the moment, for a health check or a log. Nothing is forked or collected, and Ruby's other threads
  # run meanwhile.
  #
  # @param pss [Boolean] false: without PSS, for which the kernel goes through all pages, a millisecond or so; the rest takes
  #   microseconds
  # @return [Memory, nil] nil, with one warning, where it can't be had
  # @see file:docs/monitoring.md
  def self.memory(pss: true)
    Memory.now(pss: pss)
  end
end

require_relative "showcase_memtrim/railtie" if defined?(Rails::Railtie)

# A program that records itself: `MEMTRIM_RECORD=boot.memtrim bin/rails server`.
if ENV.key?("MEMTRIM_RECORD")
  require_relative "showcase_memtrim/child"
  ShowcaseMemtrim::Child.end_with_boot
end
