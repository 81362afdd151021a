# frozen_string_literal: true

require_relative "variable"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # Fly's fly.toml: `[env]`, `[processes]` and which Dockerfile, as far as each stands in one line.
      class Fly
        PAIR = /\A\s*["']?([A-Za-z0-9_.-]+)["']?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s#\[{"']+))\s*(?:#.*)?\z/

        # @return [String]
        attr_reader :file

        # @param text [String]
        # @param file [String]
        def initialize(text, file)
          @file = file
          @sections = Hash.new { |sections, name| sections[name] = {} }
          section = ""
          text.each_line(chomp: true).with_index(1) do |line, number|
            if (name = line[/\A\s*\[+\s*([^\]]+?)\s*\]+\s*(?:#.*)?\z/, 1]) then section = name
            elsif (match = line.match(PAIR))
              @sections[section][match[1]] = [match[2]&.gsub(/\\(["\\])/, '\1') || match[3] || match[4], number]
            end
          end
        end

        # @return [Array<Variable>]
        def variables
          @sections["env"].map { |name, (value, line)| Variable.new(name: name, value: value, file: file, line: line) }
        end

        # @return [Hash{String => Array(String, Integer)}] name → command and line; empty: the image's own command
        def processes
          @sections["processes"]
        end

        # @return [String, nil]
        def dockerfile
          @sections["build"]["dockerfile"]&.first&.delete_prefix("./")
        end
      end
    end
  end
end
