# frozen_string_literal: true

class ScoresChannel < ApplicationCable::Channel
  def self.announce(score)
    broadcast_to(score.heat, {entry: score.entry_id, judge: score.judge_id, value: score.value})
  end

  def subscribed
    stream_for Heat.find(params[:heat])
  end
end
