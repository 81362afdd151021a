# frozen_string_literal: true

require "test_helper"

class ScheduleTest < ActiveSupport::TestCase
  test "each dance has its heats, in order" do
    Schedule.new(events(:harvest)).build!

    assert_equal [[1, "Waltz"], [2, "Samba"]], Heat.ordered.map { |heat| [heat.number, heat.dance.name] }
    assert_equal [1, 2], Entry.listed.map { |entry| entry.heat.number }.sort
  end

  test "nobody is on the floor twice at the same time" do
    Entry.create!(lead: people(:carl), follow: people(:ada), dance: dances(:waltz))
    Schedule.new(events(:harvest)).build!

    assert_equal [1, 1], Heat.where(dance: dances(:waltz)).map { |heat| heat.entries.size }
  end

  test "a heat starts when those before it are over" do
    assert_equal Time.utc(2024, 10, 19, 9, 0), heats(:first).starts_at(events(:harvest))
    assert_equal Time.utc(2024, 10, 19, 9, 2, 30), Heat.new(number: 3).starts_at(events(:harvest))
  end
end
