# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    # How a finding's edit can be measured: never an estimate.
    #
    # variant: an Experiment::Variant of the app with the edit made, compared with the app as it is, after its boot and
    # after requests. programs: two lists of features for `ruby`, those of the process as it is and those of it with the
    # edit made (nil: there is no such process then). unknown: why neither can tell.
    Stake = Struct.new(:variant, :programs, :unknown, keyword_init: true) do
      # @param changes [Hash] settings, variables, preload, threads, leave_out: as Experiment::Variant has them
      def self.of_variant(name, **changes)
        new(variant: Experiment::Variant.new(name: name, kind: "setting", **changes))
      end

      # @param now [Array<String>] features that the process requires
      # @param then_ [Array<String>, nil] those that it would
      def self.of_program(now, then_ = nil)
        new(programs: [now, then_])
      end

      def self.unknown(why)
        new(unknown: why)
      end
    end
  end
end
