# frozen_string_literal: true

json.event current_event.name
json.heats @heats do |heat|
  json.extract! heat, :id, :number
  json.dance heat.dance.name
  json.couples heat.entries.map(&:couple)
end
