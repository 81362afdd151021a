# frozen_string_literal: true

module ShowcaseMemtrim
  module Experiment
    # What a process does between its boot and its measurement.
    #
    # after: boot (nothing); requests (so many of each path, one after the other); load (the same, on every thread of
    # the app's own Puma at once); idle (load, then nothing for so many seconds).
    Workload = Struct.new(:after, :paths, :count, :idle, keyword_init: true) do
      const_set(:STAGES, %w[boot requests load idle].freeze)

      def initialize(after: "boot", paths: [], count: 20, idle: 30)
        super
      end

      def serves?
        after != "boot"
      end

      # @param threads [Integer] that the app's server has by itself: with fewer it has no fewer clients
      # @return [Integer] clients at once
      def clients(threads)
        (after == "requests") ? 1 : threads
      end

      def idle_seconds
        (after == "idle") ? idle : 0
      end

      def key
        serves? ? to_a.inspect : ""
      end
    end
  end
end
