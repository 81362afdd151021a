# frozen_string_literal: true

require_relative "../../showcase_memtrim"

module ShowcaseMemtrim
  class Fleet
    # What the JSON of `memtrim prove`, `memtrim prove --minimal` or `memtrim trim` says of a saving.
    class Proved
      AFTER = {
        "boot" => "after the boot", "requests" => "after requests", "load" => "after requests on all threads", "idle" => "when it idled",
        "command" => "at the end of a command"
      }.freeze
      # What a result is of; all others leave something out.
      WAYS = {"setting" => "with", "variable" => "with", "allocator" => "with", "checkout" => "as in"}.freeze
      AS_MANY = 5 # names in a message

      # @param file [String] its name
      # @param document [Hash]
      # @param name [String, nil] of a result; nil: everything together
      def initialize(file, document, name)
        @file = file
        @document = document
        @name = name
      end

      # @return [Hash] app, basis and source, as Fleet#project takes them
      # @raise [Error] where it does not tell
      def to_h
        figures, what = @document.key?("results") ? of_results : of_one
        {app: text(@document["app"]), basis: basis(figures, what), source: "#{@file}, measured: #{what}#{boots(figures)}"}
      end

      private

      # Of prove --minimal and of trim.
      def of_one
        raise Error, "#{@file}: no saving in it; memtrim prove --format json and memtrim trim --format json print one" unless @document.key?("railties") && @document.key?("defer")
        raise Error, "--result #{@name}: #{@file} has one saving, of everything together" if @name
        raise Error, "#{@file}: nothing is left out there, so nothing is saved" unless @document["held_saved_bytes"].to_i.nonzero? || @document["anon_saved_bytes"]
        [@document, @document.key?("files") ? "the app as memtrim trim edits it, after the boot" : "the smallest list of railties and gems, after the boot"]
      end

      def of_results
        result = @name ? named : together
        raise Error, "#{@file}: the app does not boot #{way(result)}" if result["boots"] == false
        [result, "the app #{way(result)}, #{AFTER.fetch(@document["after"], "after the boot")}"]
      end

      def together
        results = results()
        @document["together"] || (results.first if results.one?) ||
          raise(Error, "#{@file}: nothing was left out all together; choose one of its results with --result: #{names(results)}")
      end

      def named
        results = [*results(), *@document["together"]&.then { |one| [one] }]
        results.find { |result| result["name"] == @name } || raise(Error, "#{@file}: no result #{@name}; it has #{names(results)}")
      end

      def results
        @document["results"].then { |list| list.is_a?(Array) ? list.grep(Hash) : [] }
      end

      def names(results)
        names = results.map { |result| text(result["name"]) }.compact
        return "none" if names.empty?
        (names.size > AS_MANY) ? "#{names.first(AS_MANY).join(", ")} and #{names.size - AS_MANY} more" : names.join(", ")
      end

      def way(result)
        members = result["members"].is_a?(Array) ? result["members"].size : 0
        return "without all #{members} that can go" if result.equal?(@document["together"])
        "#{WAYS.fetch(result["kind"], "without")} #{text(result["name"])}"
      end

      def basis(figures, what)
        anon, held = %w[anon_saved_bytes held_saved_bytes].map { |key| integer(figures[key]) }
        return {anon: {bytes: anon, interval: interval(figures["anon_interval"])}} if anon
        held ? {held: {bytes: held, anon_bytes: nil}} : raise(Error, "#{@file}: nothing was measured of #{what}")
      end

      def boots(figures)
        figures["trials"].is_a?(Integer) ? "; #{figures["trials"]} boots" : ""
      end

      def interval(range)
        range if range.is_a?(Array) && range.size == 2 && range.all? { |bytes| integer(bytes) }
      end

      # What 64 bits hold.
      def integer(value)
        value if value.is_a?(Integer) && value.bit_length < 64
      end

      def text(value)
        value.gsub(/[[:cntrl:]]/, " ") if value.is_a?(String)
      end
    end
  end
end
