# frozen_string_literal: true

require "fileutils"
require "json"
require "time"

module ShowcaseMemtrim
  module Experiment
    # Measured trials, kept: a second run, or one after Ctrl-C, goes on from there. A file for each fingerprint, a
    # line for each trial. Where nothing can be kept, experiments work all the same.
    class Store
      OLDEST = 30 * 24 * 60 * 60 # seconds since a file was last written
      MOST = 50 # files

      # Where trials are kept: below XDG_CACHE_HOME, else ~/.cache.
      #
      # @param environment [Hash{String => String}, ENV]
      # @return [String, nil] nil for a user without a home
      def self.directory(environment = ENV)
        cache = environment["XDG_CACHE_HOME"].to_s
        cache = File.join(environment["HOME"] || Dir.home, ".cache") unless cache.start_with?("/")
        File.join(cache, "showcase_memtrim/trials")
      rescue ArgumentError
        nil
      end

      # @param fingerprint [String]
      # @param directory [String, nil] nil: nowhere
      # @param fresh [Boolean] true: what is kept is not used, only added to
      # @param progress [IO] where to say that nothing can be kept
      def initialize(fingerprint, directory: Store.directory, fresh: false, progress: $stderr)
        @file = File.join(directory, "#{fingerprint}.jsonl") if directory
        @fresh = fresh
        @progress = progress
        remove_old(directory) if directory
      end

      # The trials of a variant that are kept, those that were just added too, in order.
      #
      # @param key [String] the variant
      # @return [Array<Hash{String => Object}>] as they were added, with "measured_at" (ISO 8601, UTC) and "kept" (true)
      def trials(key)
        return [] if @fresh
        lines.filter_map do |line|
          line["trial"].merge("measured_at" => line["at"], "kept" => true) if line["variant"] == key
        end
      end

      # Keeps a trial. Where it can't, it says so, once.
      #
      # @param key [String] the variant
      # @param trial [Hash] what JSON can hold
      def add(key, trial)
        write(JSON.generate(variant: key, at: Time.now.utc.iso8601, trial: trial))
      rescue SystemCallError, IOError, ArgumentError, JSON::JSONError, EncodingError => error
        say "trials are not kept for the next run: #{error.message.sub(/ @ .*/, "")}"
      end

      private

      # In one write, so that two runs don't mix; on a line of its own, also after one that broke off.
      def write(line)
        raise IOError, "no home directory; set XDG_CACHE_HOME" unless @file
        FileUtils.mkdir_p(File.dirname(@file), mode: 0o700)
        File.open(@file, File::RDWR | File::APPEND | File::CREAT, 0o600) do |file|
          text = "#{"\n" if broken_off?(file)}#{line}\n"
          raise IOError, "the disk is full" unless file.syswrite(text) == text.bytesize
        end
      end

      def broken_off?(file)
        file.size.positive? && file.pread(1, file.size - 1) != "\n"
      end

      def lines
        return [] unless @file && File.file?(@file)
        File.readlines(@file, encoding: Encoding::UTF_8).filter_map do |text|
          line = JSON.parse(text)
          line if line.is_a?(Hash) && line["variant"].is_a?(String) && line["trial"].is_a?(Hash)
        rescue JSON::ParserError, EncodingError
          nil
        end
      rescue SystemCallError
        []
      end

      # Of several runs at once each may be the one that removes a file.
      def remove_old(directory)
        newest = Dir.glob("*.jsonl", base: directory).map { |name| File.join(directory, name) }.sort_by { |file| File.mtime(file) }.reverse
        old = newest.drop(MOST) | newest.select { |file| Time.now - File.mtime(file) > OLDEST }
        old.each { |file| File.delete(file) }
      rescue SystemCallError
        nil
      end

      def say(text)
        @progress.puts "memtrim: #{text}" unless @said
        @said = true
      end
    end
  end
end
