# frozen_string_literal: true

require "minitest/autorun"
require_relative "support/same_behaviour"

# Ruby itself crashes where a hook sees the objects of a new ractor: a program that starts one must not notice us.
class RactorTest < Minitest::Test
  include SameBehaviour

  def test_a_ractor_starts_and_answers
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        Warning[:experimental] = false
        require "./a"
        ractor = Ractor.new(20) { |number| number + 1 }
        p ractor.respond_to?(:value) ? ractor.value : ractor.take
        p Thread.new { require "./b" }.value
      RUBY
      "a.rb" => "puts :a", "b.rb" => "puts :b"
    )
  end
end
