# frozen_string_literal: true

require "test_helper"

class OutputChannelTest < ActionCable::Channel::TestCase
  setup { @registry = Rails.root.join(OutputChannel::REGISTRY) }
  teardown { FileUtils.rm_f(@registry) }

  test "streams the output of a token's command" do
    File.write(@registry, {"abc" => %w[echo done]}.to_yaml)
    subscribe token: "abc"
    assert subscription.confirmed?
    perform :start
    subscription.instance_variable_get(:@running).join
    assert_equal [{line: "done"}, {exit: 0}].map(&:to_json), broadcasts("output-abc")
  end

  test "rejects everybody else" do
    subscribe token: "abc"
    assert subscription.rejected?
  end
end
