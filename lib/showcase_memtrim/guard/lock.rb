# frozen_string_literal: true

require_relative "../../showcase_memtrim"
require_relative "../system_error"
require_relative "../whole_file"

module ShowcaseMemtrim
  module Guard
    # The file that has an app's baseline. What is in it is for Rust to read and write.
    class Lock
      NAME = "memtrim.lock.json"

      # @return [String] the file
      attr_reader :file

      # @param directory [String] the app's
      # @param file [String, nil] another one than the app's own
      def initialize(directory, file = nil)
        @file = file ? File.expand_path(file) : File.join(directory, NAME)
        @directory = directory
      end

      # @return [String] as messages have it: relative to the app
      def name
        @file.delete_prefix("#{@directory}/")
      end

      # @return [Boolean]
      def exist?
        File.exist?(@file) || File.symlink?(@file)
      end

      # @return [String, nil] nil: there is no such file
      # @raise [Error] when it can't be read
      def text
        File.read(@file, encoding: "BOM|UTF-8").scrub if exist?
      rescue SystemCallError => error
        raise Error, "#{name} can't be read: #{SystemError.words(error)}"
      end

      # @return [Hash, nil] as a ShowcaseMemtrim::Budget's plan has it; nil: there is no such file
      def to_h
        content = text
        content && {path: name, text: content}
      end

      # Whole or not at all.
      #
      # @raise [Error] when it can't be written; it is left as it was
      def write(content)
        WholeFile.write(@file, content)
      rescue SystemCallError => error
        raise Error, "#{name} can't be written: #{SystemError.words(error)}"
      end
    end
  end
end
