# frozen_string_literal: true

require_relative "phase"

module ShowcaseMemtrim
  class Trace
    # What a trace shows, for people.
    class Text
      # @param merged [Merged]
      def initialize(merged)
        @merged = merged
        @things = merged.to_h.fetch(:things)
        @deferred = @things.select { |_, thing| thing[:how] == "deferred" }
        @watched = @things.select { |_, thing| thing[:how] == "watched" }
        @unwatched = @things.select { |_, thing| thing[:how] == "unwatched" }
      end

      # @return [String] lines
      def to_s
        [runs, first_uses, never, calls, by_others, uncalled, unwatched].compact.join("\n")
      end

      private

      def runs
        lines = @merged.runs.map do |run|
          state = run.status ? "status #{run.status}#{" (the app was not booted)" if run.booted.empty?}" : "broken off"
          "#{run.header["at"]}  #{run.command}  #{state}"
        end
        lines << "#{@merged.stale.size} runs with another Gemfile.lock do not count; `memtrim trace --clear` removes them".sub(/\A1 runs/, "1 run").sub("do not count", (@merged.stale.size == 1) ? "does not count" : "do not count") if @merged.stale.any?
        lines << "the last line is cut off, and left out" if @merged.truncated?
        block(nil, lines)
      end

      # Of each gem one line for each phase in which it was used, the app's own line before others'.
      def first_uses
        table("FIRST USES OF DEFERRED GEMS", @deferred.flat_map { |name, thing| rows(name, thing[:uses]) })
      end

      def calls
        table("OTHERS, CALLED BY THE APP", @watched.merge(@unwatched).flat_map { |name, thing| rows(name, thing[:uses].select { |use| use[:direct] }) })
      end

      def by_others
        lines = @watched.filter_map do |name, thing|
          "#{name}: #{phases(thing)}" if thing[:uses].any? && thing[:uses].none? { |use| use[:direct] }
        end
        block("CALLED BY FRAMEWORKS AND GEMS ONLY", lines)
      end

      def phases(thing)
        thing[:uses].map { |use| use[:phase] }.uniq.sort_by { |phase| order(phase) }.join(", ")
      end

      def order(phase)
        Phase::ALL.index(phase.to_sym) || Phase::ALL.size
      end

      def table(title, rows)
        phases, names = rows.map { |row| row[0].size }.max, rows.map { |row| row[1].size }.max
        block(title, rows.sort_by { |phase, name, _| [order(phase), name] }.map { |phase, name, place| "#{phase.ljust(phases)}  #{name.ljust(names)}  #{place}" })
      end

      def rows(name, uses)
        uses.sort_by.with_index { |use, index| [use[:direct] ? 0 : 1, index] }.uniq { |use| use[:phase] }
          .map { |use| [use[:phase], name, use[:direct] ? "#{use[:file]}:#{use[:line]}" : "by others: #{place_of(use)}"] }
      end

      # The app's line that it came from, or the other's own.
      def place_of(use)
        return "nobody's line" unless use[:file]
        other = "#{Callers.installed(use[:file])}:#{use[:line]}"
        own = Array(use[:backtrace]).find { |line| !line.start_with?("/", "<", "(") && !line.start_with?("#{use[:file]}:") }
        own ? "#{other}, from #{own}" : other
      end

      def never
        names = @deferred.select { |_, thing| thing[:uses].empty? }.keys
        block("DEFERRED AND NEVER USED", [names.join(", ")]) if names.any?
      end

      def uncalled
        names = @watched.select { |_, thing| thing[:uses].empty? }.keys
        block("WATCHED AND NEVER CALLED", [names.join(", ")]) if names.any?
      end

      def unwatched
        reasons = @unwatched.group_by { |_, thing| thing[:why] }.map { |why, things| "#{things.map(&:first).join(", ")}: #{why}" }
        block("UNWATCHED: what is not seen may be used all the same", reasons) if reasons.any?
      end

      def block(title, lines)
        return if lines.empty?
        "#{"#{title}\n" if title}#{lines.map { |line| "#{"  " if title}#{line}\n" }.join}"
      end
    end
  end
end
