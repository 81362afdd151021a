# frozen_string_literal: true

module ShowcaseMemtrim
  # What several trials of the same say together.
  module Spread
    class << self
      # @param numbers [Array<Numeric>] at least one
      # @return [Numeric] an Integer of Integers
      def median(numbers)
        sorted = numbers.sort
        middle = sorted.size / 2
        return sorted[middle] if sorted.size.odd?
        sum = sorted[middle - 1] + sorted[middle]
        sum.is_a?(Integer) ? sum / 2 : sum / 2.0
      end

      # How much more b is than a: the difference of their medians, and the least and the most that any trial of one
      # differs from any trial of the other.
      #
      # @return [Hash] median, from, to
      def difference(a, b)
        {median: median(b) - median(a), from: b.min - a.max, to: b.max - a.min}
      end
    end
  end
end
