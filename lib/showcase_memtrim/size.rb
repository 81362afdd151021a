# frozen_string_literal: true

require_relative "../showcase_memtrim"

module ShowcaseMemtrim
  # Bytes, as people write them. All units are binary: 150 MB, 150 MiB and ActiveSupport's 150.megabytes are the same.
  module Size
    UNITS = {"" => 1, "k" => 1 << 10, "m" => 1 << 20, "g" => 1 << 30, "t" => 1 << 40}.freeze
    TEXT = /\A\s*([+-]?\d[\d_]*(?:\.\d+)?)\s*(?:([kmgt])(?:i?b)?|b|bytes)?\s*\z/i
    # Bytes: what no machine has, and every format can say.
    MOST = 1 << 53
    EXAMPLE = 'as in "150 MB", "1.5 GiB", or a number of bytes'

    module_function

    # @param value [Numeric, String] bytes (150.megabytes), or a number with a unit: "150 MB", "1.5GiB", "900 KB", "1024"
    # @return [Integer] bytes, above 0
    # @raise [Error] for what is no size, or none above 0; says what was given, and gives an example
    def parse(value)
      bytes = bytes(value) or raise Error, "#{shown(value)} is no size; write it #{EXAMPLE}"
      raise Error, "#{shown(value)} is no size to stay below: it must be more than 0, #{EXAMPLE}" unless bytes.positive?
      raise Error, "#{shown(value)} is more than any process can hold; write a size #{EXAMPLE}" if bytes > MOST
      bytes
    end

    # @return [Integer, nil] nil: neither a number nor a text that is one
    def bytes(value)
      case value
      when Float then value.round if value.finite?
      when Numeric then value.real? ? value.round : nil
      when String
        number, unit = value.valid_encoding? ? value.match(TEXT)&.captures : nil
        (Rational(number.delete("_")) * UNITS.fetch(unit.to_s.downcase)).round if number
      end
    end
    private_class_method :bytes

    def shown(value)
      text = value.is_a?(String) ? value.scrub : value.inspect
      (text.match?(/[[:cntrl:]]|\A\s*\z/) ? text.inspect : text)[0, 60]
    end
    private_class_method :shown
  end
end
