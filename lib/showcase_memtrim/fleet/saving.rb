# frozen_string_literal: true

require "json"
require_relative "../../showcase_memtrim"
require_relative "../native"
require_relative "../system_error"
require_relative "proved"

module ShowcaseMemtrim
  class Fleet
    # What a tenant would save, by what memtrim has written before: a recording of the app with less in it, against one of
    # the app as it is or alone, or the JSON of a proof.
    class Saving
      # A recording's first bytes.
      RECORDING = "{\"memtrim_recording\""
      STAYS = "what is left out stays out: a deferred gem that a tenant comes to use is saved no longer"

      # @param file [String]
      # @param against [String, nil] a recording of the app as it is
      # @param result [String, nil] the one of a proof's results that is meant; nil: everything together
      # @param same_app [Boolean] whatever the names say
      def initialize(file, against: nil, result: nil, same_app: false)
        @file = file
        @against = against
        @result = result
        @same_app = same_app
      end

      # @return [Hash] as Fleet#project takes it
      # @raise [Error] for a file that does not tell; names it, and says what would
      def to_h
        promise = recording?(@file) ? of_recordings : of_proof
        promise[:app] = nil if @same_app
        {file: @file, **promise, assumptions: [STAYS, *promise[:assumptions]]}
      end

      private

      def recording?(file)
        raise Error, "#{file} is a directory; a recording or a proof is a file" if File.directory?(file)
        File.open(file, "rb") { |io| io.read(RECORDING.bytesize) } == RECORDING
      rescue Errno::ENOENT
        raise Error, "#{file}: no such file"
      rescue SystemCallError => error
        raise Error, "#{file} can't be read: #{SystemError.words(error)}"
      end

      def of_proof
        raise Error, "--against goes with a recording; #{@file} is none, and a proof has both sides" if @against
        Proved.new(@file, read, @result).to_h
      end

      def read
        document = JSON.parse(File.read(@file, encoding: Encoding::UTF_8))
        document.is_a?(Hash) ? document : raise(Error, no_such_thing)
      rescue JSON::ParserError, EncodingError
        raise Error, no_such_thing
      end

      def no_such_thing
        "#{@file}: neither a recording (memtrim record -o FILE) nor a proof (memtrim prove --format json, memtrim trim --format json)"
      end

      def of_recordings
        raise Error, "--result #{@result}: of a proof; #{@file} is a recording" if @result
        @against ? of_both : of_one
      end

      # Held bytes repeat, so one boot of each is enough for them.
      def of_both
        raise Error, "--against #{@against}: no recording; memtrim record -o stock.memtrim makes one of the app as it is" unless recording?(@against)
        before, after, differences = changes.values_at("before", "after", "environment_differences")
        raise Error, "#{@file} is of the app #{shown(after["app"])}, #{@against} of #{shown(before["app"])}; if that is the same app by another name, add --same-app" unless @same_app || before["app"] == after["app"]
        held, anon = %w[held_bytes anon_bytes].map { |key| before[key] - after[key] }
        {
          app: after["app"], basis: {held: {bytes: held, anon_bytes: anon}}, source: "#{@file} against #{@against}, a boot each of #{subject(after)}",
          assumptions: differences.map { |difference| "the two boots differ in more than that: #{difference}" }
        }
      end

      def of_one
        recording = open_recording(@file)
        raise Error, "#{@file}: the app does not boot: #{recording.error&.lines&.first&.chomp || "the process died"}" if recording.error || !recording.whole?
        report = JSON.parse(recording.report("json", 100, nil))
        {app: report["app"], basis: {boot: {anon_bytes: own_anon(report)}}, source: "#{@file}, a boot of #{subject(report)}"}
      end

      # Without what recording took.
      def own_anon(report)
        recorder = report["rows"].find { |row| row["name"] == "recorder" }
        [report.dig("totals", "anon_bytes") - (recorder ? recorder["bytes"] : 0), 0].max
      end

      def changes
        JSON.parse(open_recording(@against).changes(open_recording(@file), [@against, @file], "json", 100))
      rescue ArgumentError => error
        raise Error, error.message
      end

      def open_recording(file)
        Recording.open(file)
      rescue ArgumentError => error
        raise Error, error.message
      end

      def subject(side)
        environment = side.fetch("environment")
        [shown(side["app"]), environment["rails_env"], "Ruby #{environment["ruby"]}"].compact.join(", ")
      end

      # It is the name of a directory, and may be anything.
      def shown(name)
        name.match?(/[[:cntrl:]]/) ? name.inspect : name
      end
    end
  end
end
