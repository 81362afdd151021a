# frozen_string_literal: true

require "test_helper"

module ApplicationCable
  class ConnectionTest < ActionCable::Connection::TestCase
    test "connects a visitor" do
      cookies.encrypted[:visitor] = "abc"
      connect
      assert_equal "abc", connection.visitor
    end

    test "rejects everybody else" do
      assert_reject_connection { connect }
    end
  end
end
