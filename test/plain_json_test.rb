# frozen_string_literal: true

require "minitest/autorun"
require "json"
require "showcase_memtrim/plain_json"

class PlainJsonTest < Minitest::Test
  VALUES = [
    nil, true, false, 1, -2.5, "", "plain", "a \"quote\" and a \\", "line\nbreak\ttab\u0000\u2028", "Grüße 日本", [], [1, [2, nil]], {}, {"a" => {"b" => ["c"]}}
  ].freeze

  def test_what_json_reads_again
    VALUES.each { |value| assert_equal [value], JSON.parse(ShowcaseMemtrim::PlainJson.of([value])), value.inspect }
  end

  def test_what_json_has_no_word_for
    assert_equal({"key" => "symbol", "not" => nil, "broken" => "a\uFFFDb", "bytes" => "é"}, JSON.parse(ShowcaseMemtrim::PlainJson.of({key: :symbol, not: Float::NAN, broken: "a\xFFb", bytes: "\xC3\xA9".b})))
  end

  def test_one_line
    VALUES.each { |value| refute_includes ShowcaseMemtrim::PlainJson.of(value), "\n" }
  end
end
