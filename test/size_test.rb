# frozen_string_literal: true

require "minitest/autorun"
require "showcase_memtrim/size"

# Sizes as people write them, and what is none.
class SizeTest < Minitest::Test
  MIB = 1 << 20

  {
    150 * MIB => 150 * MIB, 1.5 * MIB => 1_572_864, 1 => 1, 2r => 2,
    "150 MB" => 150 * MIB, "150MB" => 150 * MIB, "150 MiB" => 150 * MIB, " 150  mb " => 150 * MIB, "150 M" => 150 * MIB,
    "1.5 GiB" => 1536 * MIB, "900 KB" => 900 << 10, "2 TB" => 2 << 40, "0.1 KB" => 102,
    "1024" => 1024, "1024 B" => 1024, "1024 bytes" => 1024, "157_286_400" => 150 * MIB
  }.each do |given, bytes|
    define_method(:"test_#{given.inspect}") do
      parsed = ShowcaseMemtrim::Size.parse(given)
      assert_equal bytes, parsed
      assert_kind_of Integer, parsed
    end
  end

  {
    0 => "0", 0.0 => "0.0", -1 => "-1", "0 MB" => "0 MB", "-5 MB" => "-5 MB", "0.1 B" => "0.1 B"
  }.each do |given, shown|
    define_method(:"test_not_above_zero_#{given.inspect}") { assert_refused "#{shown} is no size to stay below: it must be more than 0, ", given }
  end

  {
    Float::NAN => "NaN", Float::INFINITY => "Infinity", nil => "nil", [150] => "[150]", Complex(1, 1) => "(1+1i)", "" => '""', "  " => '"  "',
    "MB" => "MB", "150 MBit" => "150 MBit", "150 potatoes" => "150 potatoes", "1,5 MB" => "1,5 MB", "1.5.2 MB" => "1.5.2 MB", "NaN" => "NaN",
    "1e3 MB" => "1e3 MB", "150 MB\n200 MB" => %q("150 MB\n200 MB"), "\xFF MB" => "\uFFFD MB"
  }.each do |given, shown|
    define_method(:"test_no_size_#{given.inspect}") { assert_refused "#{shown} is no size; write it ", given }
  end

  def test_more_than_there_can_be
    assert_refused "99999999 TB is more than any process can hold; write a size ", "99999999 TB"
  end

  private

  def assert_refused(message, given)
    error = assert_raises(ShowcaseMemtrim::Error) { ShowcaseMemtrim::Size.parse(given) }
    assert_equal message + 'as in "150 MB", "1.5 GiB", or a number of bytes', error.message
  end
end
