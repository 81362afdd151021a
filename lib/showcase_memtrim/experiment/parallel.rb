# frozen_string_literal: true

module ShowcaseMemtrim
  module Experiment
    # Things that are done several at a time.
    module Parallel
      module_function

      # Does for each item what the block does. When one fails, or we are interrupted, the others are ended.
      #
      # @param jobs [Integer] at once, at most
      # @return [Array] what the block gives, in the order of the items
      def map(items, jobs:)
        queue = Queue.new
        items.each_with_index { |item, index| queue << [item, index] }
        queue.close
        given = Array.new(items.size)
        threads = Array.new([jobs, items.size].min) do
          Thread.new do
            Thread.current.report_on_exception = false
            while (item, index = queue.pop)
              given[index] = yield item
            end
          end
        end
        threads.each(&:join)
        given
      ensure
        # Killed, a thread still ends its process.
        threads&.each(&:kill)&.each { |thread| thread.join rescue nil } # rubocop:disable Style/RescueModifier
      end
    end
  end
end
