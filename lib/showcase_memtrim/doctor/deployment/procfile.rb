# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # A Procfile: `name: command` in each line, for a shell.
      class Procfile
        Line = Struct.new(:name, :text, :line, keyword_init: true)

        # @return [String]
        attr_reader :file
        # @return [Array<Line>]
        attr_reader :lines

        # @param text [String]
        # @param file [String]
        def initialize(text, file)
          @file = file
          @lines = text.each_line(chomp: true).with_index(1).filter_map do |line, number|
            match = line.match(/\A([A-Za-z0-9_-]+):\s*(\S.*)\z/)
            Line.new(name: match[1], text: match[2].strip, line: number) if match
          end
        end
      end
    end
  end
end
