# frozen_string_literal: true

module ShowcaseMemtrim
  module Settle
    # What settling once came to.
    #
    # @!attribute [r] anon_before_bytes
    #   @return [Integer] anonymous memory of this process, resident or swapped
    # @!attribute [r] anon_after_bytes
    #   @return [Integer]
    # @!attribute [r] seconds
    #   @return [Float] that it took
    Settled = Struct.new(:anon_before_bytes, :anon_after_bytes, :seconds, keyword_init: true) do
      # @return [Integer] below 0 if the process grew meanwhile
      def given_back_bytes
        anon_before_bytes - anon_after_bytes
      end

      # @return [String]
      def to_s
        mib = [given_back_bytes, anon_before_bytes, anon_after_bytes].map { |bytes| bytes.fdiv(1 << 20) }
        format("%.1f MiB given back (anon %.1f → %.1f) in %d ms", *mib, (seconds * 1000).round)
      end
    end
  end
end
