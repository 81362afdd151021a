# frozen_string_literal: true

require "test_helper"

class ModelsTest < ActiveSupport::TestCase
  test "the fixtures are valid" do
    [Event, Studio, Person, Dance, Heat, Entry].each { |model| model.find_each { |record| assert record.valid?, record.inspect } }
  end

  test "a tenant without an event has a new one" do
    Event.delete_all
    assert Event.current.new_record?
  end

  test "a person can't dance with themselves" do
    entry = Entry.new(lead: people(:carl), follow: people(:carl), dance: dances(:waltz))
    assert_not entry.valid?
    assert_includes entry.errors[:follow], "can't be the lead"
  end

  test "a person's entries are those they lead and those they follow" do
    assert_equal 2, people(:ada).entries.count
    assert_equal 1, people(:blaise).entries.count
  end

  test "e-mail addresses are normalized" do
    assert_equal "me@example.com", Studio.new(email: " Me@Example.com ").email
  end

  test "the seeds make an event, once" do
    [Score, Entry, Heat, Dance, Person, Studio, Event].each(&:delete_all)
    2.times { Rails.application.load_seed }

    assert_equal [1, 3, 13, 12, 36], [Event, Studio, Person, Dance, Entry].map(&:count)
    assert_equal Heat.count, Heat.distinct.count(:number)
  end
end
