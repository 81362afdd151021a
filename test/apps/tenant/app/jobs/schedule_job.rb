# frozen_string_literal: true

class ScheduleJob < ApplicationJob
  def perform(event)
    Schedule.new(event).build! unless event.locked?
  end
end
