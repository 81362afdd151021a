# frozen_string_literal: true

require_relative "../callers"

module ShowcaseMemtrim
  module Experiment
    # Whether one gem can be deferred: loaded when one of its constants is first used, and not at boot.
    class Deferral
      # Something that speaks against it: what, and where; line is nil where it is the file itself, file is nil where
      # nobody knows. kind: of Missing's, or nil. names: by which somebody would use what is missing. passive: it matters
      # to nobody who does not use it.
      Reason = Struct.new(:what, :file, :line, :kind, :names, :passive) do
        def place
          [Callers.installed(file), line].compact.join(":") if file
        end

        def to_s
          place ? "#{what} (#{place})" : what
        end
      end

      # @return [String]
      attr_reader :gem
      # @return [Array<String>] top-level constants that load it
      attr_reader :constants
      # @return [Array<Reason>] why it can't be deferred; none: it can
      attr_reader :reasons
      # @return [Integer, nil] bytes that a boot without it holds less; nil: not known
      attr_reader :held_saved_bytes

      def initialize(gem, constants, reasons, held_saved_bytes: nil)
        @gem = gem
        @constants = constants
        @reasons = reasons
        @held_saved_bytes = held_saved_bytes
      end

      def safe?
        reasons.empty?
      end

      # @return [Boolean] safe for an app that uses nothing of what is missing then, by the names of the reasons
      def harmless?
        reasons.all?(&:passive)
      end

      # @return [Deferral] with more reasons
      def but(*more)
        Deferral.new(gem, constants, reasons + more, held_saved_bytes: held_saved_bytes)
      end

      # @return [String, nil] the first reason, and how many there are
      def why
        "#{reasons.first}#{" and #{reasons.size - 1} more reasons" if reasons.size > 1}".sub("1 more reasons", "1 more reason") unless safe?
      end
    end
  end
end
