# frozen_string_literal: true

require_relative "../showcase_memtrim"
require_relative "system_error"

module ShowcaseMemtrim
  # Environment variables in a file, as containers and process managers are given them: NAME=VALUE lines, `export`,
  # quotes, comments.
  module EnvFile
    LINE = /\A\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)\z/
    QUOTED = /\A(?:"((?:[^"\\]|\\.)*)"|'([^']*)')\s*(?:#.*)?\z/

    module_function

    # @param file [String]
    # @return [Hash{String => String}] the last line that names a variable wins
    # @raise [Error] for a file that can't be read, or a line that sets nothing: names file and line
    def read(file)
      text = File.read(file, encoding: "UTF-8")
      raise Error, "#{file}: not UTF-8 text" unless text.valid_encoding? && !text.include?("\0")
      text.delete_prefix("\uFEFF").lines(chomp: true).each_with_index.with_object({}) do |(line, index), found|
        next if line.match?(/\A\s*(?:#|\z)/)
        name, value = line.match(LINE)&.captures
        raise Error, "#{file}:#{index + 1}: not NAME=VALUE: #{line.strip[0, 60]}" unless name
        found[name] = unquoted(value.strip)
      end
    rescue SystemCallError => error
      raise Error, "#{file} can't be read: #{SystemError.words(error)}"
    end

    # @param value [String] a comment begins with a # after a space
    # @return [String]
    def unquoted(value)
      double, single = value.match(QUOTED)&.captures
      return double.gsub(/\\([\\"$`])/, '\1') if double
      single || value.sub(/(?:\A|\s+)#.*\z/, "")
    end
    private_class_method :unquoted
  end
end
