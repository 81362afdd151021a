# frozen_string_literal: true

module ShowcaseMemtrim
  class Trim
    # Replacements in a text, by positions in the text as it was.
    class TextEdits
      # @param text [String] positions count as it does: characters, or bytes of a binary one
      def initialize(text)
        @text = text
        @starts = [0]
        text.each_line { |line| @starts << @starts.last + line.length }
        @edits = []
      end

      # @param line [Integer] from 0
      # @return [Integer] the position of its column; of the line after the last one: the text's end
      def position(line, column = 0)
        @starts.fetch(line, @text.length) + column
      end

      # @return [String] a line with its end
      def line(number)
        @text[position(number)...position(number + 1)].to_s
      end

      # @return [Integer]
      def lines
        @starts.size - 1
      end

      # @return [String] as the text's lines end
      def line_end
        @text.include?("\r\n") ? "\r\n" : "\n"
      end

      def replace(from, to, text)
        @edits << [from, to, text]
      end

      # @param text [String] before what stands at the position; in the order of the calls, where that is one
      def insert(at, text)
        replace(at, at, text)
      end

      # Removes whole lines, and one of two empty lines that would meet where they stood.
      def delete_lines(numbers)
        numbers.sort.slice_when { |before, after| after > before + 1 }.each do |run|
          first, last = run.minmax
          first -= 1 if first.positive? && blank?(first - 1) && (last + 1 >= lines || blank?(last + 1))
          replace(position(first), position(last + 1), "")
        end
      end

      # A whole line after another one, which may be the last and have no end.
      #
      # @param number [Integer] -1: before the first
      def insert_line(number, text)
        ends = number.negative? || line(number).end_with?("\n")
        insert(position(number + 1), ends ? text + line_end : line_end + text)
      end

      # @return [String]
      def to_s
        result = @text.dup
        @edits.each_with_index.sort_by { |(from, to, _), index| [from, to, index] }.reverse_each { |(from, to, text), _| result[from...to] = text }
        result
      end

      private

      def blank?(number)
        line(number).strip.empty?
      end
    end
  end
end
