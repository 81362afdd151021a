# frozen_string_literal: true

require_relative "../../size"

module ShowcaseMemtrim
  module Commands
    # `memtrim fleet --watch`: its options, and the process that it becomes.
    module Watching
      FORMATS = %w[text json].freeze
      # Seconds. Reading a machine's processes takes some hundredths; after a day it is no watching.
      SECONDS = (0.1..86_400.0)
      # Bytes: some lines, of a fleet of some size.
      LEAST_HISTORY = 64 << 10
      HISTORY = 10 << 20
      OPTIONS = {alerts: "--alert", exec: "--exec", history: "--history", history_bytes: "--history-size"}.freeze

      private

      def watch_options(parser)
        parser.separator "Again and again:"
        parser.on("--watch SECONDS", Float, "from now on, every so many seconds: a live screen on a terminal, else lines") { |seconds| @options[:watch] = seconds }
        parser.on("--alert CONDITION", "as \"tenant.anon > 180MB\" or \"tenant.anon grew > 20 % in 1h\"; also several times") { |condition| (@options[:alerts] ||= []) << condition }
        parser.on("--exec CMD", "for each alert that fires or recovers: sh -c CMD; it has MEMTRIM_TEXT and others") { |command| @options[:exec] = command }
        parser.on("--history FILE", "append each interval to this file, as a JSON line") { |file| @options[:history] = File.expand_path(file) }
        parser.on("--history-size SIZE", "its limit: then the newest half is kept (default: 10 MB)") { |size| @options[:history_bytes] = history_bytes(size) }
      end

      def watch?
        @options.key?(:watch)
      end

      def history_bytes(size)
        bytes = Size.parse(size)
        (bytes >= LEAST_HISTORY) ? bytes : raise(Error, "--history-size #{size}: must be at least 64 KB")
      end

      # @raise [Error] for options that make no sense together
      def check_watching
        return check_without_watch unless watch?
        seconds = @options[:watch]
        raise Error, "--watch #{seconds}: from 0.1 to 86400 seconds" unless SECONDS.cover?(seconds)
        raise Error, "--watch writes text or json, not #{@options[:format]}" unless FORMATS.include?(@options[:format])
        raise Error, "--watch writes to standard output; in place of --output there is > FILE, and --history FILE" if @options[:output]
        raise Error, "--exec is for alerts: name one, as in --alert \"tenant.anon > 180MB\"" if @options[:exec] && !@options[:alerts]
        raise Error, "--history-size is the limit of --history FILE" if @options[:history_bytes] && !@options[:history]
      end

      def check_without_watch
        key, option = OPTIONS.find { |key, _| @options.key?(key) }
        raise Error, "#{option} is for watching: --watch 60" if key
      end

      # @return [void] never
      def watch(reading)
        @out.flush
        ShowcaseMemtrim::Fleet::Resident.exec(:watch, {reading: reading, seconds: @options[:watch], **@options.slice(:cable, :alerts, :exec, :history, :history_bytes, :format)})
      end
    end
  end
end
