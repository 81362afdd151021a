# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    # What an expression comes to, without having been run.
    #
    # known: false, and it is not known. line: where it is decided: of a local variable, the line that sets it. variables:
    # of the environment, that it depends on → what they are set to (nil: not set).
    Value = Struct.new(:known, :value, :line, :variables, keyword_init: true) do
      def initialize(known: true, value: nil, line: nil, variables: {})
        super
      end

      # @return [Value]
      def self.unknown(line = nil)
        new(known: false, line: line)
      end

      alias_method :known?, :known
    end
  end
end
