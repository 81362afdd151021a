# frozen_string_literal: true

require_relative "../showcase_memtrim"
require_relative "system_error"

module ShowcaseMemtrim
  # A file of environment variables: NAME=VALUE lines, as Docker's --env-file, systemd's EnvironmentFile and the shell have
  # them. Quotes around a value are taken off, which may go on in the next lines; `export` before a name, comments and empty
  # lines are let be, and so is a name alone, which passes a variable on.
  class EnvFile
    LINE = /\A\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=(.*)\z/m
    NOTHING = /\A\s*(?:#|(?:export\s+)?(?:[A-Za-z_]\w*\s*)?\z)/
    WHOLE = {'"' => /\A"((?:[^"\\]|\\.)*)"\s*(?:#.*)?\z/m, "'" => /\A'([^']*)'\s*(?:#.*)?\z/m}.freeze

    # name and value are Strings; line: the first one of it.
    Entry = Struct.new(:name, :value, :line, keyword_init: true)

    # @param path [String]
    # @param name [String] for messages
    # @return [Array<Entry>] in the file's order; the last one of a name counts
    # @raise [Error] for a file that can't be read, or a line that is none of it: its text is not told, it may be a secret
    def self.read(path, name = path)
      new(path, name).entries
    end

    # @see .read
    def initialize(path, name)
      @path = path
      @name = name
    end

    # @return [Array<Entry>]
    def entries
      @entries = []
      @open = nil # what has a quote that is not closed yet
      text.each_line(chomp: true).with_index(1) { |line, number| take(line, number) }
      raise error(@open.last, "a quote that is not closed") if @open
      @entries
    end

    private

    def text
      text = File.read(@path, encoding: "BOM|UTF-8")
      line = text.each_line.find_index { |each| !each.valid_encoding? || each.include?("\0") }
      raise error(line + 1, "not UTF-8 text") if line
      text.gsub(/\r\n?/, "\n")
    rescue SystemCallError => error
      raise Error, "#{@name} can't be read: #{SystemError.words(error)}"
    end

    def take(line, number)
      line, number = "#{@open.first}\n#{line}", @open.last if @open
      name, value = line.match(LINE)&.captures
      return if name.nil? && line.match?(NOTHING)
      raise error(number, "not NAME=VALUE") unless name
      value = value.strip
      @open = ([line, number] if WHOLE.key?(value[0]) && !value.match?(WHOLE[value[0]]))
      @entries << Entry.new(name: name, value: unquoted(value), line: number) unless @open
    end

    def unquoted(value)
      content = WHOLE[value[0]] && value[WHOLE[value[0]], 1]
      return value.sub(/(?:\A|\s+)#.*\z/, "") unless content
      (value[0] == '"') ? content.gsub(/\\(["\\$`])/, '\1') : content
    end

    def error(line, message)
      Error.new("#{@name}:#{line}: #{message}")
    end
  end
end
