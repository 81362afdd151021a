# frozen_string_literal: true

require "test_helper"

class JobsTest < ActiveJob::TestCase
  test "the archive holds a file for each table" do
    path = ArchiveJob.perform_now(events(:harvest))

    Zip::File.open(path.to_s) do |zip|
      names = %w[dances.json entries.json event.json heats.json people.json scores.json studios.json]
      assert_equal names, zip.entries.map(&:name).sort
      assert_equal "Harvest Moon Showcase", JSON.parse(zip.read("event.json"))["name"]
    end
  ensure
    path&.delete
  end

  test "a schedule is built, unless the event is locked" do
    events(:harvest).update!(locked: true)
    assert_no_difference(-> { Heat.count }) { ScheduleJob.perform_now(events(:harvest)) }

    events(:harvest).update!(locked: false)
    assert_difference(-> { Heat.count }, 1) { ScheduleJob.perform_now(events(:harvest)) }
  end
end
