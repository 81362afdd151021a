# frozen_string_literal: true

module ShowcaseMemtrim
  class Trace
    # JSON, without Ruby's own: which version of that is loaded is for the app's Gemfile to say, and first uses may come
    # before it is.
    module Line
      ESCAPED = /["\\\u0000-\u001f\u2028\u2029]/

      module_function

      # @param value [Hash, Array, String, Symbol, Numeric, Boolean, nil]
      # @return [String] one line
      def of(value)
        case value
        when Hash then "{#{value.map { |key, item| "#{string(key.to_s)}:#{of(item)}" }.join(",")}}"
        when Array then "[#{value.map { |item| of(item) }.join(",")}]"
        when nil then "null"
        when true, false, Integer then value.to_s
        when Float then value.finite? ? value.to_s : "null"
        else string(value.to_s)
        end
      end

      def string(text)
        text = text.dup.force_encoding(Encoding::UTF_8).scrub
        "\"#{text.gsub(ESCAPED) { |char| format("\\u%04x", char.ord) }}\""
      end
    end
  end
end
