# frozen_string_literal: true

require "test_helper"

class FormsTest < ActionDispatch::IntegrationTest
  include ActiveJob::TestHelper

  test "the event" do
    patch event_path, params: {event: {name: "Spring Showcase"}}
    assert_redirected_to event_path
    follow_redirect!
    assert_select ".notice", "Event was successfully updated."
    assert_select "h1", "Spring Showcase"

    patch event_path, params: {event: {name: ""}}
    assert_response 422
    assert_select ".errors li", "Name can't be blank"
  end

  test "an archive" do
    assert_enqueued_with(job: ArchiveJob) { post archive_event_path }
    assert_redirected_to event_path
  end

  test "studios" do
    post studios_path, params: {studio: {name: "Two Rivers", address: "Harrisburg"}}
    studio = Studio.find_by!(name: "Two Rivers")
    assert_redirected_to studio

    patch studio_path(studio), params: {studio: {name: "Three Rivers"}}
    assert_equal "Three Rivers", studio.reload.name
    patch studio_path(studio), params: {studio: {name: "Harbor"}}
    assert_response 422
    post studios_path, params: {studio: {name: ""}}
    assert_response 422

    delete studio_path(studios(:back_bay))
    assert_redirected_to studios_path
    assert_nil people(:ada).reload.studio
  end

  test "people" do
    post people_path, params: {person: {name: "Dorothy", role: "student", level: "gold", studio_id: studios(:harbor).id}}
    person = Person.find_by!(name: "Dorothy")
    assert_redirected_to person
    assert person.gold?

    patch person_path(person), params: {person: {age: 200}}
    assert_response 422
    patch person_path(person), params: {person: {age: 20}}
    assert_equal 20, person.reload.age
    post people_path, params: {person: {name: "Emmy", back: 101}}
    assert_response 422

    delete person_path(people(:ada))
    assert_equal 0, Entry.count
  end

  test "entries" do
    entry = {lead_id: people(:carl).id, follow_id: people(:ada).id, dance_id: dances(:waltz).id}
    assert_enqueued_with(job: ScheduleJob) { post entries_path, params: {entry: entry} }
    assert_redirected_to entries_path
    perform_enqueued_jobs
    assert Entry.find_by!(entry).heat

    post entries_path, params: {entry: entry.merge(follow_id: people(:carl).id)}
    assert_response 422
    patch entry_path(entries(:ada_samba)), params: {entry: {dance_id: dances(:waltz).id}}
    assert_redirected_to entries_path
    patch entry_path(entries(:ada_samba)), params: {entry: {dance_id: ""}}
    assert_response 422
    delete entry_path(entries(:ada_samba))
    assert_not Entry.exists?(entries(:ada_samba).id)
  end

  test "scores" do
    score = {entry_id: entries(:ada_waltz).id, judge_id: people(:zeno).id}

    post heat_scores_path(heats(:first)), params: {score: score.merge(value: "2")}
    assert_redirected_to heat_path(heats(:first))

    post heat_scores_path(heats(:first), format: :turbo_stream), params: {score: score.merge(value: "1")}
    assert_response :success
    assert_equal "text/vnd.turbo-stream.html", response.media_type
    assert_select "turbo-stream[action=replace][target=?]", "score_#{score[:entry_id]}_#{score[:judge_id]}"
    assert_equal ["1"], heats(:first).scores.pluck(:value)

    post heat_scores_path(heats(:first)), params: {score: score.merge(value: "9")}
    assert_response 422
  end
end
