# frozen_string_literal: true

module ShowcaseMemtrim
  module Uses
    # Takes comments out of text that nothing here can parse, line for line. In doubt, text stays.
    module Comments
      KINDS = {
        hash: /^[ \t]*\#(?!\{).*$|(?<=\s)\#(?=\s)[^"'\n]*$/,
        script: %r{/\*(?!=).*?\*/|(?<![:"'\w/\\])//(?!=).*$}m,
        style: %r{/\*(?!=).*?\*/|(?<![:"'\w/(])//(?!=).*$}m,
        markup: /<!--.*?-->/m
      }.freeze

      # @param text [String] valid
      # @param kind [Symbol] of KINDS
      # @return [String]
      def self.without(text, kind)
        case kind
        when :script, :style then text.gsub(%r{/\*(?!=)(?:(?!\*/|^\s*\*=).)*\*/}m) { |part| blank(part) }.gsub(%r{(?<![:"'\w/\\(])//(?!=)(?!\s*=).*$}, "")
        when :markup then text.gsub(KINDS[:markup]) { |part| blank(part) }
        else text.gsub(KINDS[:hash], "")
        end
      end

      def self.blank(part)
        "\n" * part.count("\n")
      end
      private_class_method :blank
    end
  end
end
