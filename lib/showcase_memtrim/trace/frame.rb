# frozen_string_literal: true

module ShowcaseMemtrim
  class Trace
    # One line of a stack. path: absolute, where there is a file; label: as Ruby has it ("block in call", "<class:Sheet>").
    Frame = Struct.new(:path, :line, :label) do
      # @param locations [Array<Thread::Backtrace::Location>]
      # @return [Array<Frame>] without ours
      def self.all(locations)
        locations.map { |location| new(Callers.path(location).to_s, location.lineno, location.label.to_s) }
          .reject { |frame| frame.path.start_with?(Owner::OURS) }
      end

      # @return [String] the method's name, without the class that Ruby 3.4 puts before it
      def name
        label[/[^#. ]+\z/].to_s
      end

      # @return [Boolean] whether that is a file's body, or a class's: what runs when the file is loaded
      def body?
        label.start_with?("<")
      end
    end
  end
end
