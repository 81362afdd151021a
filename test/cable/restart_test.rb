# frozen_string_literal: true

require "minitest/autorun"
require_relative "../support/cable/cable_app"
require_relative "../support/cable/redis_server"

# bin/cable while Redis goes and comes, and when it is told to end.
class CableRestartTest < Minitest::Test
  REDIS = RedisServer.start.tap { |redis| Minitest.after_run { redis.stop } }
  OPEN_CONNECTION = "module ApplicationCable\n  class Connection < ActionCable::Connection::Base\n  end\nend\n"
  APP = CableApp.new(REDIS, files: {"app/channels/application_cable/connection.rb" => OPEN_CONNECTION})
  STREAM = "showcase_production:playlist-1"

  def test_a_redis_that_is_restarted_is_waited_for
    server = APP.serve
    pages = Array.new(20) { page(server) }
    REDIS.publish(STREAM, "1")
    assert_equal [1] * 20, pages.map(&:message)

    REDIS.restart(pause: 1)
    while_away = server.client.tap(&:receive)
    while_away.command("subscribe", "PlaylistChannel", room: "1")
    REDIS.await_subscribers(STREAM)
    assert_equal "confirm_subscription", while_away.receive["type"]
    REDIS.publish(STREAM, "2")
    assert_equal [2] * 21, [*pages, while_away].map(&:message), "the clients are connected still"
  ensure
    server&.stop
  end

  def test_without_redis_clients_wait_for_their_confirmation
    REDIS.stop
    server = APP.serve
    page = server.client
    assert_equal "welcome", page.receive["type"]
    page.command("subscribe", "PlaylistChannel", room: "1")
    assert_nil page.receive(0.5)
    REDIS.restart
    assert_equal "confirm_subscription", page.receive&.fetch("type")
    REDIS.publish(STREAM, "3")
    assert_equal 3, page.message
  ensure
    server&.stop
    REDIS.restart
  end

  def test_ends_when_told_to_with_clients_connected
    server = APP.serve
    pages = Array.new(20) { page(server) }
    assert_operator server.stop, :<, 5
    assert_equal Signal.list["TERM"], server.ended?.termsig, "Puma ends by the signal that it got"
    pages.each { |page| assert page.socket.await_close }
  end

  def test_serves_again_on_its_port_when_puma_is_told_to_start_anew
    server = APP.serve
    before = page(server)
    Process.kill(:USR2, server.pid)
    assert before.socket.await_close
    server.await(/Ctrl-C.*Ctrl-C/m)
    pages = Array.new(20) { page(server) }
    REDIS.publish(STREAM, "4")
    assert_equal [4] * 20, pages.map(&:message)
  ensure
    server&.stop
  end

  private

  # @return [ActionCableClient] which is subscribed
  def page(server)
    server.client.tap do |page|
      assert_equal "welcome", page.receive["type"]
      assert_equal "confirm_subscription", page.subscribe("PlaylistChannel", room: "1")
    end
  end
end
