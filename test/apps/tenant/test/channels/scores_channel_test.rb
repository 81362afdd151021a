# frozen_string_literal: true

require "test_helper"

class ScoresChannelTest < ActionCable::Channel::TestCase
  test "streams the scores of a heat" do
    subscribe heat: heats(:first).to_gid_param
    assert subscription.confirmed?
    assert_has_stream_for heats(:first)
  end

  test "a score is announced" do
    message = {entry: entries(:ada_waltz).id, judge: people(:zeno).id, value: "1"}
    assert_broadcast_on(ScoresChannel.broadcasting_for(heats(:first)), message) do
      heats(:first).scores.create!(entry: entries(:ada_waltz), judge: people(:zeno), value: "1")
    end
  end
end
