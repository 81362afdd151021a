# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    # One thing that a rule found.
    #
    # rule: its name (puma_threads). level: fault (nothing speaks for it) or trade (memory for something else, which
    # only a measurement can weigh). file: below the app's directory; nil: it stands nowhere, and is what Ruby or Rails
    # does by itself. line: Integer or nil. problem: one sentence. why: what it does to memory. edit: what to write, and
    # where. stake: a {Stake}.
    Finding = Struct.new(:rule, :level, :file, :line, :problem, :why, :edit, :stake, keyword_init: true) do
      def initialize(level: "fault", stake: Stake.unknown("no boot of the app can tell it"), **rest)
        super
      end

      # @return [String, nil] "config/puma.rb:4"
      def place
        [file, line].compact.join(":") if file
      end

      def fault?
        level == "fault"
      end
    end
  end
end
