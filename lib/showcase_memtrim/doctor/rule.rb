# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    # What every rule shares. A rule looks at the facts of one app ({App}) and tells what it finds: one small file in
    # rules/ each, named as the rule.
    class Rule
      # @return [String] "puma_threads" of PumaThreads
      def self.rule
        name.split("::").last.gsub(/(?<=[a-z])(?=[A-Z])/, "_").downcase
      end

      # @param app [App]
      def initialize(app)
        @app = app
      end

      # @return [Array<Finding>]
      def findings
        raise NotImplementedError
      end

      private

      attr_reader :app

      # @param file_and_line [Array(String, Integer)]
      # @return [String] "Procfile:1"
      def place(file_and_line)
        file_and_line.compact.join(":")
      end

      def finding(**parts)
        Finding.new(rule: self.class.rule, **parts)
      end
    end
  end
end
