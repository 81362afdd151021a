# frozen_string_literal: true

require "json"
require_relative "../system_error"
require_relative "../trace"

module ShowcaseMemtrim
  class Trace
    # All runs of a file, as one.
    class Merged
      # One run. header, ended: as written (string keys); ended is nil where it was broken off; uses: lines; watching,
      # stopped, missed: names; booted: a line for each process in which the app was initialized.
      Run = Struct.new(:header, :uses, :watching, :stopped, :missed, :booted, :ended) do
        def command
          header["command"]
        end

        # @return [Integer, nil] nil: it was broken off
        def status
          ended["status"] if ended && ended["signal"].nil?
        end

        # @return [Boolean] whether it ended well, and had the app in it
        def passed?
          status == 0 && booted.any?
        end

        # @return [Boolean] whether its first use was waited for: in every process, as far as they have told
        def deferred?(name)
          header["deferred"].key?(name) && !missed.include?(name) && booted.any? { |line| line["deferred"].include?(name) }
        end

        # @return [String, nil] why not; nil: it was
        def unwatched(name)
          return if deferred?(name)
          return "a process of #{command} had loaded it before it could be watched (ruby -r)" if missed.include?(name)
          return header["unwatched"][name] if header["unwatched"].key?(name)
          return "its calls are too many to watch them all" if stopped.include?(name)
          "#{command} loaded no method of it that can be watched" unless watching.include?(name)
        end

        def to_h
          {command: command, status: status, at: header["at"], seconds: ended && ended["seconds"], booted: booted.any?}
        end
      end

      # A use, as to_h tells it.
      KEYS = %w[phase file line constant direct backtrace].freeze

      class << self
        # See Trace.read.
        def read(path, lock: nil)
          lines = File.readlines(path, chomp: true)
          last = lines.size
          records = lines.each_with_index.filter_map do |line, index|
            record = parse(line)
            next record if record
            raise Error, "#{path}:#{index + 1} is no line of a trace; `memtrim trace --clear` removes it, -o FILE writes another one" unless index + 1 == last && index.positive?
          end
          new(records, lock: lock, truncated: records.size < last)
        rescue Errno::ENOENT
          raise Error, "no trace at #{path}: `memtrim trace -- bin/rails test` makes one"
        rescue SystemCallError => error
          raise Error, "#{path} can't be read: #{SystemError.words(error)}"
        end

        private

        # @return [Hash, nil] nil: it is no line of ours
        def parse(line)
          record = JSON.parse(line)
          record if record.is_a?(Hash) && (record.key?("run") || record.key?("gem")) && (!record.key?("command") || record["deferred"].is_a?(Hash))
        rescue JSON::ParserError, EncodingError
          nil
        end
      end

      # @return [Array<Run>] that count: of the lock as it is
      attr_reader :runs
      # @return [Array<Run>] of another lock
      attr_reader :stale
      # @return [Boolean] whether the last line was cut off, as a process or a disk may leave it
      attr_reader :truncated
      alias_method :truncated?, :truncated

      def initialize(records, lock: nil, truncated: false)
        @truncated = truncated
        all, @loose = runs_of(records)
        @stale, @runs = all.partition { |run| lock && run.header["lock"] != lock }
      end

      # @return [Boolean] whether a command that had the app in it has ended well, and none that did not the last time
      def passed?
        ended = runs.select(&:status).group_by(&:command).map { |_, all| all.last }
        ended.any?(&:passed?) && ended.all? { |run| run.status.zero? }
      end

      # @return [Array<String>]
      def names
        (runs.flat_map { |run| run.header["deferred"].keys + run.header["watched"] + run.header["unwatched"].keys } + @loose.map { |use| use["gem"] }).uniq
      end

      # @return [Hash] for the facts that verdicts are made of
      def to_h
        {runs: runs.map(&:to_h), stale: stale.size, passed: passed?, things: names.to_h { |name| [name, thing(name)] }}
      end

      # @return [Hash] how: deferred, watched or unwatched; why: that it is unwatched, else nil; uses; boots
      def thing(name)
        how, why = how(name)
        {how: how, why: why, uses: uses(name), boots: runs.reverse.filter_map { |run| run.header.dig("boots", name) }.first}
      end

      # @return [Array<Hash>] each place once, with the command that showed it
      def uses(name)
        found = runs.flat_map { |run| run.uses.map { |use| [use, run.command] } } + @loose.map { |use| [use, nil] }
        found.select { |use, _| use["gem"] == name }.uniq { |use, _| use.values_at("phase", "file", "line", "direct") }
          .map { |use, command| {**KEYS.to_h { |key| [key.to_sym, use[key]] }, command: command} }
      end

      private

      # As of all runs that passed; where there are none, of all that had the app in them.
      def how(name)
        some = runs.select(&:passed?)
        some = runs.select { |run| run.booted.any? } if some.empty?
        return ["unwatched", runs.any? ? "no command has booted the app" : "no run of `memtrim trace` has it"] if some.empty?
        return deferred(name, some) if some.all? { |run| run.deferred?(name) }
        why = some.filter_map { |run| run.unwatched(name) }.first
        why ? ["unwatched", why] : ["watched", nil]
      end

      # Its first use is always seen. Where that was a test's, those that come after are as well as can be.
      def deferred(name, some)
        return ["deferred", nil] unless some.any? { |run| run.uses.any? { |use| use["gem"] == name } } && uses(name).all? { |use| use[:phase] == "test" }
        why = some.filter_map { |run| run.header["unwatched"][name] || ("its calls are too many to watch them all" if run.stopped.include?(name)) }.first
        why ? ["unwatched", "only a test uses it, as far as can be seen; #{why}"] : ["deferred", nil]
      end

      def runs_of(records)
        headers, others = records.partition { |record| record.key?("command") }
        by_run = others.group_by { |record| record["run"] }
        runs = headers.map do |header|
          lines = by_run.delete(header["run"]) || []
          Run.new(
            header, lines.select { |line| line.key?("gem") }, *%w[watching stopped missed].map { |key| lines.flat_map { |line| line[key] || [] } },
            lines.select { |line| line.key?("booted") }, lines.filter_map { |line| line["ended"] }.last
          )
        end
        [runs, by_run.values.flatten.select { |line| line.key?("gem") }]
      end
    end
  end
end
