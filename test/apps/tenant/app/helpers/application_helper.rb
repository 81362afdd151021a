# frozen_string_literal: true

module ApplicationHelper
  def nav
    {
      "Event" => root_path, "Schedule" => schedule_event_path, "Studios" => studios_path, "People" => people_path,
      "Dances" => dances_path, "Entries" => entries_path, "Heats" => heats_path, "Map" => locations_path,
      "Packets" => packets_path
    }
  end
end
