# frozen_string_literal: true

require "shellwords"
require_relative "variable"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # A systemd unit: what it starts, with what.
      class Unit
        # @return [String]
        attr_reader :file
        # @return [Array(Array<String>, Integer), nil] the command's words and line; nil: none
        attr_reader :command
        # @return [Array<Variable>]
        attr_reader :variables

        # @param text [String]
        # @param file [String]
        def initialize(text, file)
          @file = file
          @variables = []
          @complete = true
          lines(text).each { |line, number| read(line, number) }
        end

        # @return [Boolean] whether it has no EnvironmentFile, which is on the server
        def complete?
          @complete
        end

        private

        def read(line, number)
          case line
          when /\A\s*Environment\s*=(.*)\z/m then assignments($1, number)
          when /\A\s*(?:EnvironmentFile|PassEnvironment)\s*=\s*\S/ then @complete = false
          when /\A\s*ExecStart\s*=\s*[-@:+!|]*(.*)\z/m then @command = [Shellwords.split($1), number] unless $1.strip.empty?
          end
        rescue ArgumentError # quotes that don't match
          @complete = false
        end

        # Environment="A=b c" D=e; an empty one takes all before it away
        def assignments(text, number)
          return @variables.clear if text.strip.empty?
          Shellwords.split(text).each do |word|
            name, value = word.split("=", 2)
            @variables << Variable.new(name: name, value: (value unless value.include?("%")), text: value, file: file, line: number) if value
          end
        end

        # A line that ends with a backslash goes on in the next.
        def lines(text)
          found = []
          open = nil
          text.each_line(chomp: true).with_index(1) do |line, number|
            next if line.match?(/\A\s*[#;]/)
            open ? open[0] += " #{line.strip}" : open = [line.dup, number]
            next if open[0].sub!(/\\\s*\z/, "")
            found << open
            open = nil
          end
          found << open if open
          found
        end
      end
    end
  end
end
