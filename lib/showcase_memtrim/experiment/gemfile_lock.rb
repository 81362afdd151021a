# frozen_string_literal: true

require "digest"

module ShowcaseMemtrim
  module Experiment
    # What experiments need to know of a lock file, without Bundler, which would resolve.
    class GemfileLock
      # @param gemfile [String]
      # @return [String] the lock's path, as Bundler has it
      def self.file(gemfile)
        (File.basename(gemfile) == "gems.rb") ? File.join(File.dirname(gemfile), "gems.locked") : "#{gemfile}.lock"
      end

      # @param gemfile [String]
      def initialize(gemfile)
        @directory = File.dirname(gemfile)
        @file = GemfileLock.file(gemfile)
      end

      # The directories of gems that the Gemfile names by path; they need not exist.
      #
      # @return [Array<String>] absolute; none without a lock
      def path_gems
        text.scan(/^PATH\n  remote: (.+)$/).map { |remote,| File.expand_path(remote, @directory) }
      end

      # @return [String, nil] SHA-256; nil without a lock
      def digest
        Digest::SHA256.file(@file).hexdigest if File.file?(@file)
      end

      # @return [Boolean] whether the bundle has a gem of that name
      def gem?(name)
        text.match?(/^ {4}#{Regexp.escape(name)} \(/)
      end

      private

      def text
        File.file?(@file) ? File.binread(@file).force_encoding(Encoding::UTF_8) : ""
      end
    end
  end
end
