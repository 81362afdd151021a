# frozen_string_literal: true

# What a room's loudspeakers play next.
class PlaylistChannel < ApplicationCable::Channel
  def subscribed
    stream_from "playlist-#{params[:room]}"
  end
end
