# frozen_string_literal: true

module ShowcaseMemtrim
  # JSON, without Ruby's own: in an app's process, which version of that is loaded is for its Gemfile to say, and we may
  # write before it is.
  module PlainJson
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
