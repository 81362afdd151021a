# frozen_string_literal: true

# The scores of a heat, as judges give them. The page names the heat by its GlobalID, so that this needs no model.
class ScoresChannel < ApplicationCable::Channel
  def self.announce(score)
    broadcast_to(score.heat, {entry: score.entry_id, judge: score.judge_id, value: score.value})
  end

  def subscribed
    stream_for params[:heat]
  end
end
