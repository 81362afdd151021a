# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    # The findings for people.
    class Text
      HEADINGS = {"fault" => "FAULTS: nothing speaks for these", "trade" => "TRADES: memory for something else; only a measurement of this app can weigh them"}.freeze

      # @param header [Array<String>] of which app, in which environment
      # @param findings [Array<Finding>]
      # @param measured [Hash{Finding => Measurement::Measured}, nil] nil: nothing was measured
      # @param ignored [Integer] findings that are not listed
      # @param checked [Integer] rules
      def initialize(header, findings, ignored:, checked:, width:, measured: nil)
        @header = header
        @findings = findings
        @measured = measured
        @ignored = ignored
        @checked = checked
        @width = width
      end

      def to_s
        [@header.join(" · "), "", *HEADINGS.keys.flat_map { |level| section(level) }, *summary].map { |line| "#{line}\n" }.join
      end

      private

      def section(level)
        findings = @findings.select { |finding| finding.level == level }
        return [] if findings.empty?
        [HEADINGS.fetch(level), *findings.flat_map { |finding| [*block(finding), ""] }]
      end

      def block(finding)
        [
          "  #{[finding.rule, finding.place].compact.join(" · ")}", *wrapped(finding.problem, "    ", "    "),
          *wrapped(finding.why, "    why     ", "            "), *edit(finding.edit), *stake(finding)
        ]
      end

      # As it is to be written: not wrapped.
      def edit(text)
        text.lines(chomp: true).each_with_index.map { |line, index| "#{index.zero? ? "    edit    " : "            "}#{line}" }
      end

      def stake(finding)
        return [] unless @measured
        wrapped(told(finding.stake.unknown, @measured[finding]), "    stake   ", "            ")
      end

      def told(unknown, measured)
        why = unknown || measured.error and return "not measured: #{why}"
        interval = measured.interval.map { |bytes| mib(bytes) }.join(" to ")
        memory =
          case measured.any?
          when true then "#{mib(measured.saved_bytes.abs)} MiB of anon #{measured.saved_bytes.positive? ? "less" : "MORE"} (#{interval} saved)"
          when false then "0: leave it, as far as memory goes (#{interval} MiB saved)"
          else "not told apart from 0 (#{interval} MiB saved); --minutes gives more boots"
          end
        [memory, cpu(measured.request_cpu)].compact.join("; ")
      end

      def cpu(ratio)
        ratio && format("CPU of requests %+.1f %% (%+.1f to %+.1f)", *ratio.values_at(:change, :low, :high).map { |share| share * 100 }).tr("-", "−")
      end

      def mib(bytes)
        format("%.1f", bytes / 1048576.0).tr("-", "−")
      end

      def wrapped(text, first, rest)
        lines = text.split(" ").each_with_object([+""]) do |word, found|
          found << +"" if !found.last.empty? && rest.size + found.last.size + word.size + 1 > @width
          found.last << (found.last.empty? ? word : " #{word}")
        end
        lines.each_with_index.map { |line, index| "#{index.zero? ? first : rest}#{line}" }
      end

      def summary
        counts = %w[fault trade].filter_map { |level| count(level) }
        ignored = "#{@ignored} ignored in config/memtrim.yml" if @ignored.positive?
        text = counts.any? ? counts.join(", ") : "nothing found by #{@checked} rules"
        [[text, ignored].compact.join("; "), *following]
      end

      def count(level)
        count = @findings.count { |finding| finding.level == level }
        "#{count} #{level}#{"s" if count > 1}" if count.positive?
      end

      def following
        return ["next: memtrim tune   # allocator, GC and threads, measured on this app"] if @findings.empty?
        return ["next: memtrim tune   # allocator, GC and threads"] if @measured
        ["next: memtrim doctor --measure   # what each is worth on this app", "      memtrim tune               # allocator, GC and threads"]
      end
    end
  end
end
