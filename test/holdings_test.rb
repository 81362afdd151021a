# frozen_string_literal: true

require "minitest/autorun"
require_relative "support/memtrim"

# What a process says it holds is what it would not hold without the thing: to the kilobyte, whatever moment the
# interpreter chose to grow a table or to run finalizers.
class HoldingsTest < Minitest::Test
  LIBRARY = File.expand_path("../lib/showcase_memtrim", __dir__)

  def test_a_string_costs_what_it_is_and_not_the_table_of_all_strings
    skip "needs the allocation counter" unless RUBY_PLATFORM.include?("linux")
    grown = grown_by(<<~RUBY, kept: "Array.new(200_000)")
      200_000.times { |number| $kept[number] = -"a frozen string, too long to lie in its slot: \#{number}" }
    RUBY
    strings = Integer(Memtrim.run_command(RbConfig.ruby, "-robjspace", "-e", <<~RUBY).out)
      puts 200_000.times.sum { |number| ObjectSpace.memsize_of(-"a frozen string, too long to lie in its slot: \#{number}") }
    RUBY
    # The table would have 24 bytes and more for each entry; a block of the allocator has some more than was asked for.
    assert_in_delta strings, grown, 200_000 * 12
  end

  def test_a_file_that_was_closed_holds_nothing
    assert_in_delta 0, grown_by("1_000.times { File.open(File::NULL) { |file| file.gets } }"), 20_000
  end

  def test_a_call_costs_nothing
    names = "Array.new(3_000) { |number| :\"name_\#{number}\" }"
    grown = grown_by("$kept.each(&:call)", kept: <<~RUBY)
      Array.new(10) do
        object = Class.new { #{names}.each { |name| class_eval "def \#{name} = nil" } }.new
        eval "-> { \#{#{names}.map { |name| "object.\#{name}" }.join("\n")} }"
      end
    RUBY
    # Call caches alone would be 40 bytes a call, and their tables more.
    assert_in_delta 0, grown, 30_000 * 8
  end

  def test_an_array_costs_eight_bytes_an_element
    skip "needs the allocation counter" unless RUBY_PLATFORM.include?("linux")
    assert_in_delta 8_000_000, grown_by("$kept = Array.new(1_000_000)"), 50_000
  end

  private

  # Bytes more that are held after a piece of Ruby, in a process of its own.
  def grown_by(work, kept: "nil")
    result = Memtrim.run_command(RbConfig.ruby, "-e", <<~RUBY, env: {"LD_PRELOAD" => File.join(LIBRARY, "memtrim_alloc.so")})
      require #{File.join(LIBRARY, "native").inspect}
      holdings = -> { ShowcaseMemtrim::Recorder.holdings(GC::INTERNAL_CONSTANTS.fetch(:HEAP_PAGE_SIZE, 65_536)).first(2).sum }
      $kept = #{kept}
      work = -> { #{work} }
      holdings.call
      before = holdings.call
      work.call
      puts holdings.call - before
    RUBY
    assert_predicate result.status, :success?, result.err
    Integer(result.out)
  end
end
