# frozen_string_literal: true

module ShowcaseMemtrim
  # The clock that nobody sets.
  module Clock
    # @return [Float] seconds since some moment before this process
    def self.now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
