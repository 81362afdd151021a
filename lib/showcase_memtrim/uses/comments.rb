# frozen_string_literal: true

module ShowcaseMemtrim
  module Uses
    # Takes comments out of text that nothing here can parse, line for line. In doubt, text stays.
    module Comments
      HASH = /^[ \t]*\#(?!\{).*$|(?<=\s)\#(?=\s)[^"'\n]*$/
      BLOCK = %r{(?<![\w"'`*])/\*.*?\*/}m # no pattern of files, "images/*"
      LINE = %r{(?<![:"'`\w/\\(*])//.*$}
      MARKUP = /<!--.*?-->/m

      class << self
        # @param text [String] valid
        # @param kind [Symbol] :hash, :script, :style, :markup
        # @return [String]
        def without(text, kind)
          case kind
          when :hash then text.gsub(HASH, "")
          when :markup then up_to(text, "-->") { |closed| blank(closed, MARKUP) }
          else up_to(text, "*/") { |closed| blank(closed, BLOCK) }.gsub(LINE, "")
          end
        end

        # The part with whole pairs is edited: in the rest, each beginning would look for its end in vain.
        #
        # @yieldparam closed [String] up to the last of an end
        # @yieldreturn [String] what comes in its place
        # @return [String]
        def up_to(text, ending)
          last = text.rindex(ending) or return text
          cut = last + ending.size
          yield(text[0, cut]) + text[cut..]
        end

        # @return [String] without what the pattern matches, line for line
        def blank(text, pattern)
          text.gsub(pattern) { |part| "\n" * part.count("\n") }
        end
      end
    end
  end
end
