# frozen_string_literal: true

require_relative "environment"
require_relative "text"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # A file of variables: NAME=value, as Docker's --env-file, systemd's EnvironmentFile and the shell have it. Quotes
      # around a value are taken off; `export` before a name, comments and empty lines are let be.
      module EnvFile
        LINE = /\A\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=(.*)\z/

        # @param path [String]
        # @param file [String] for places
        # @return [Array<Variable>]
        # @raise [Error] for a line that is none of it; its text is not told, since it may be a secret
        def self.read(path, file)
          raise Error, "#{file}: no such file" unless File.exist?(path)
          text = Text.read(path) or raise Error, "#{file}: no file that can be read"
          found = []
          continued = nil # a value in quotes may go on in the next lines
          text.each_line(chomp: true).with_index(1) do |line, number|
            if continued
              continued = more(continued, line, found)
            elsif (match = line.match(LINE))
              continued = start(match, number, file, found)
            elsif !line.match?(/\A\s*(?:#|\z)/) && !line.match?(/\A\s*(?:export\s+)?[A-Za-z_]\w*\s*\z/)
              raise Error, "#{file}:#{number}: no NAME=value"
            end
          end
          raise Error, "#{file}:#{continued[:number]}: a quote that is not closed" if continued
          found
        end

        class << self
          private

          def start(match, number, file, found)
            value = match[2].strip
            quote = value[/\A["']/]
            part = {name: match[1], number: number, file: file, quote: quote, text: value}
            return part if quote && !closed?(value, quote)
            found << variable(part)
            nil
          end

          def more(part, line, found)
            part = part.merge(text: "#{part[:text]}\n#{line}")
            return part unless closed?(part[:text].strip, part[:quote])
            found << variable(part)
            nil
          end

          def closed?(value, quote)
            (quote == '"') ? value.match?(/\A"(?:[^"\\]|\\.)*"\s*(?:#.*)?\z/m) : value.match?(/\A'[^']*'\s*(?:#.*)?\z/m)
          end

          def variable(part)
            value = part[:text].strip
            value =
              case part[:quote]
              when '"' then value[/\A"((?:[^"\\]|\\.)*)"/m, 1].gsub(/\\(["\\$`])/, '\1')
              when "'" then value[/\A'([^']*)'/m, 1]
              else value.sub(/\s+#.*\z/, "")
              end
            Variable.new(name: part[:name], value: value, file: part[:file], line: part[:number])
          end
        end
      end
    end
  end
end
