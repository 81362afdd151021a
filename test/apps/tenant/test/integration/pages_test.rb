# frozen_string_literal: true

require "test_helper"

class PagesTest < ActionDispatch::IntegrationTest
  test "every page of an event with entries" do
    pages = {
      root_path => "Harvest Moon Showcase", edit_event_path => "Edit event", schedule_event_path => "Blaise and Ada",
      studios_path => "Back Bay", studio_path(studios(:back_bay)) => "dance@backbay.example",
      new_studio_path => "New studio", edit_studio_path(studios(:harbor)) => "Harbor",
      people_path => "Zeno", people_path(role: "judge") => "Zeno", person_path(people(:ada)) => "Waltz",
      new_person_path => "New person", edit_person_path(people(:carl)) => "Carl",
      dances_path => "Smooth", entries_path => "Carl and Ada", new_entry_path => "New entry",
      edit_entry_path(entries(:ada_samba)) => "Edit entry", heats_path => "Heat 1: Waltz",
      heat_path(heats(:first)) => "Blaise and Ada", locations_path => "Map", packets_path => "Zeno", "/up" => ""
    }
    pages.each do |path, text|
      get path
      assert_response :success, path
      assert_includes response.body, text, path
    end
  end

  test "every page of an empty tenant" do
    [Score, Entry, Heat, Dance, Person, Studio, Event].each(&:delete_all)
    [root_path, edit_event_path, schedule_event_path, studios_path, people_path, dances_path, entries_path,
      entries_path(format: :xlsx), heats_path, heats_path(format: :json), locations_path, packets_path].each do |path|
      get path
      assert_response :success, path
    end
  end

  test "the layout names its scripts and its stylesheet" do
    get root_path
    assert_select "script[type=importmap]", text: /turbo.*stimulus.*actioncable/m
    assert_select "link[rel=stylesheet][href*=application]"

    get css_select("link[rel=stylesheet]").first["href"]
    assert_response :success
  end
end
