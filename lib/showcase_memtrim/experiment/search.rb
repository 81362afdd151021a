# frozen_string_literal: true

module ShowcaseMemtrim
  module Experiment
    # The largest set of things without which an app still passes, so that not one more of them can go: delta debugging
    # (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002) of what is kept.
    class Search
      # @param at_once [Integer] how many sets may be asked for together
      # @yieldparam sets [Array<Array>] left out, one set or the other, that nobody has asked for yet
      # @yieldreturn [Array<Boolean>] whether the app passes without each
      def initialize(things, at_once: 1, &passes)
        @things = things
        @at_once = at_once
        @passes = passes
        @known = {[] => true}
      end

      # @param needed [Array] things that are kept without a trial at first: each failed alone
      # @return [Array] what can be left out
      def largest(needed: [])
        kept = minimal(@things - needed, needed)
        kept = drop_each(needed + kept)
        @things - kept
      end

      private

      # The fewest of some things that must be kept beside others.
      def minimal(some, others)
        return [] if some.empty? || first_that_passes([others])
        parts = 2
        while some.size > 1
          chunks = some.each_slice((some.size / parts.to_f).ceil).to_a
          if (chunk = first_that_passes(chunks) { |part| others + part })
            some, parts = chunk, 2
          elsif parts > 2 && (rest = first_that_passes(chunks.map { |part| some - part }) { |part| others + part })
            some, parts = rest, parts - 1
          elsif parts < some.size
            parts = [parts * 2, some.size].min
          else
            break
          end
        end
        some
      end

      # What could not go alone may go with the rest gone, and the other way round: until nothing changes.
      def drop_each(kept)
        loop do
          dropped = first_that_passes(kept) { |thing| kept - [thing] }
          return kept unless dropped
          kept -= [dropped]
        end
      end

      # @yieldreturn [Array] what is kept
      def first_that_passes(choices)
        choices.each_slice(@at_once) do |some|
          sets = some.map { |choice| @things - (block_given? ? yield(choice) : choice) }
          unknown = sets.uniq.reject { |left_out| @known.key?(left_out) }
          @known.merge!(unknown.zip(@passes.call(unknown)).to_h) if unknown.any?
          found = some.zip(sets).find { |_, left_out| @known.fetch(left_out) }
          return found.first if found
        end
        nil
      end
    end
  end
end
