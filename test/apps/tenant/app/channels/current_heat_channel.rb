# frozen_string_literal: true

# Which heat of an event is on the floor.
class CurrentHeatChannel < ApplicationCable::Channel
  def subscribed
    stream_from "current-heat-#{params[:event]}"
  end
end
