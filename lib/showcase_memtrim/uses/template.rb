# frozen_string_literal: true

require_relative "parser"
require_relative "comments"

ShowcaseMemtrim::Uses::Parser.load

module ShowcaseMemtrim
  module Uses
    # ERB as Ruby, line for line, the way Action View reads it: with blocks in `<%= %>`. The text between is left out.
    class Template < ::Erubi::Engine
      # As Action View has it.
      BLOCK = /((\s|\))do|\{)(\s*\|[^|]*\|)?\s*\Z/
      ENCODING = /\A<%#.*?coding[:=]\s*([\w.-]+)/n

      # Takes a line's end away, which would move the lines after it.
      TRIM = /[-=]%>/

      # @param source [String] bytes
      # @return [String, nil] Ruby; nil: the source is not in its encoding
      def self.ruby(source)
        text = decode(source)
        return unless text
        closed = text[0, (text.rindex("%>") || -2) + 2] # a tag without an end is text
        new(closed.gsub(TRIM, " %>"), bufvar: "_buf", preamble: "", postamble: "", freeze: false, escapefunc: "").src
      end

      # @return [String, nil] UTF-8
      def self.decode(source)
        encoding = source[ENCODING, 1]
        text = source.dup.force_encoding(encoding ? Encoding.find(encoding) : Encoding::UTF_8)
        text.encode(Encoding::UTF_8).delete_prefix("\uFEFF") if text.valid_encoding?
      rescue ArgumentError, EncodingError
        nil
      end

      # @return [String] a template's text, with its tags taken out, line for line
      def self.text(source)
        Comments.up_to(source, "%>") { |closed| Comments.blank(closed, /<%.*?%>/m) }
      end

      private

      def add_text(text)
        @src << "\n" * text.count("\n")
      end

      def add_expression(_indicator, code)
        @src << " #{@bufvar}.append= " << (BLOCK.match?(code) ? code : "(#{code})") << ";"
      end
    end
  end
end
