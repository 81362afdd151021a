# frozen_string_literal: true

module ShowcaseMemtrim
  class Comparison
    # A {Comparison}'s result for people: MiB with one decimal.
    class Text
      MOST_PROCESSES = 12
      COLUMNS = %i[pss_bytes anon_bytes rss_bytes].freeze
      NUMBER = 9

      # @param result [Hash] of {Comparison#run}
      # @param width [Integer] columns at most
      def initialize(result, width)
        @result = result
        @width = width
      end

      # @return [String]
      def to_s
        [head, side(:a), side(:b), verdict, notes].map { |lines| "#{Array(lines).join("\n")}\n" }.join("\n")
      end

      private

      def head
        turns = ", in turn" if trials > 1
        ["#{@result[:app]} · #{@result[:rails_env]} · #{count(trials, "start", "starts")} of each#{turns} · MiB", load]
      end

      def trials
        @result[:a][:trials].size
      end

      def load
        requests = @result[:requests] or return "no requests made: --requests PATHS names some"
        "measured after #{requests[:count]} × GET #{requests[:paths].join(", ")}, #{requests[:concurrency]} at a time"
      end

      def side(name)
        its = @result[name]
        shown, rest = its[:processes].take(MOST_PROCESSES), its[:processes].drop(MOST_PROCESSES)
        rows = shown.map { |process| row(process[:command], process) }
        rows << row("#{rest.size} smaller ones", COLUMNS.to_h { |column| [column, rest.sum { |process| process[column] }] }) if rest.any?
        ["#{name}  #{its[:command]}", line("", %w[pss anon rss]), *rows, row(total(its), its), *answers(its)]
      end

      def total(its)
        processes = Statistics.median(its[:trials].map { |trial| trial[:processes] }).round
        "= #{count(processes, "process", "processes")}, #{count(its[:threads], "thread", "threads")}, ready in #{format("%.1f", its[:ready_seconds])} s"
      end

      # What a reader would take for an answer of the app itself: a redirect, or nobody listening.
      def answers(its)
        lines = its[:answers].filter_map do |path, statuses|
          others = statuses.reject { |status, _| status == 200 }
          "   GET #{path} answered #{others.map { |status, times| "#{status} (#{times} times)" }.join(", ")}" if others.any?
        end
        lines << "   it did not listen on $PORT: taken to be ready once at rest" unless its[:listened]
        lines
      end

      def verdict
        ["#{more_or_less(@result[:difference][:pss_bytes])} (pss#{interval(:pss_bytes)})", "anon, summed: #{signed(@result[:difference][:anon_bytes])} MiB#{interval(:anon_bytes)}", *doubt]
      end

      def more_or_less(bytes)
        return "a and b use the same memory" if mib(bytes.abs) == "0.0"
        "b uses #{mib(bytes.abs)} MiB #{bytes.positive? ? "more" : "less"} than a"
      end

      def interval(figure)
        ", 95 %: #{@result[:intervals][figure].map { |bytes| signed(bytes) }.join(" to ")}" if trials > 1
      end

      def doubt
        return "one start of each: how much they differ among themselves is not known" if trials == 1
        "the difference is within what the starts differ among themselves: not told apart" if 0.between?(*@result[:intervals][:pss_bytes])
      end

      def notes
        [
          "pss counts a page that n processes share as 1/n in each: its sum is what the service takes, give or take a",
          "megabyte for what else runs and shares its libraries. anon and rss count such a page whole in each: their",
          "sums say too much of forked processes (anon) and of any (rss)."
        ]
      end

      def row(label, figures)
        line(label, COLUMNS.map { |column| mib(figures[column]) })
      end

      def line(label, numbers)
        room = @width - 3 - NUMBER * numbers.size
        label = "#{label[0, room - 1]}…" if label.size > room
        "   #{label.ljust([room, label_width].min)}#{numbers.map { |number| number.rjust(NUMBER) }.join}".rstrip
      end

      # The same for both sides, so that their figures stand below each other.
      def label_width
        @label_width ||= %i[a b].flat_map { |name| [total(@result[name]), *@result[name][:processes].map { |process| process[:command] }] }.map(&:size).max
      end

      def count(number, one, many)
        "#{number} #{(number == 1) ? one : many}"
      end

      def mib(bytes)
        format("%.1f", bytes / 1048576.0)
      end

      def signed(bytes)
        format("%+.1f", bytes / 1048576.0).tr("-", "−")
      end
    end
  end
end
