# frozen_string_literal: true

require "minitest/autorun"
require_relative "../../lib/showcase_memtrim/experiment/search"

class SearchTest < Minitest::Test
  THINGS = (1..20).to_a

  def test_everything_goes_at_the_first_try
    assert_equal [THINGS, 1], largest { true }
  end

  def test_what_is_needed_stays
    left_out, asked = largest { |set| (set & [3, 17]).empty? }
    assert_equal THINGS - [3, 17], left_out
    assert_operator asked, :<, 40
  end

  def test_one_of_two_may_go
    left_out, = largest { |set| (set & [5, 6]).size < 2 }
    assert_equal 19, left_out.size
  end

  def test_what_goes_only_with_another
    left_out, = largest { |set| set.include?(7) || !set.include?(8) }
    assert_equal THINGS, left_out
  end

  def test_those_that_failed_alone_are_tried_again_at_the_end
    left_out, asked = largest(needed: [7, 8]) { |set| set.include?(7) == set.include?(8) && !set.include?(9) }
    assert_equal THINGS - [7, 8, 9], left_out, "7 and 8 go only together, and neither did alone"
    assert_operator asked, :<, 40
  end

  def test_nothing_can_go
    assert_equal [], largest(&:empty?).first
  end

  # However odd the rule, not one thing more can go.
  def test_no_single_further_thing_can_go
    random = Random.new(1)
    50.times do
      rules = Array.new(4) { THINGS.sample(2, random: random) }
      passes = ->(set) { rules.none? { |one, other| set.include?(one) && !set.include?(other) } || set.empty? }
      left_out, = largest(&passes)
      assert passes.call(left_out)
      (THINGS - left_out).each { |thing| refute passes.call((left_out + [thing]).sort), [rules, left_out, thing].inspect }
    end
  end

  private

  # @return [Array] the set, and how many others were asked for
  def largest(needed: [])
    asked = 0
    search = ShowcaseMemtrim::Experiment::Search.new(THINGS) do |sets|
      asked += sets.size
      sets.map { |set| yield set }
    end
    [search.largest(needed: needed), asked]
  end
end
