# frozen_string_literal: true

require "minitest/autorun"
require "timeout"
require_relative "../support/cable/cable_app"
require_relative "../support/cable/node_packages"
require_relative "../support/cable/redis_server"

# The JavaScript of Action Cable itself, under Node, against bin/cable.
class CableJavascriptTest < Minitest::Test
  PAGE = File.expand_path("../support/cable/page.mjs", __dir__)
  LIMIT = 30 # seconds

  def setup
    skip NodePackages::MISSING unless NodePackages.node?
    skip "npm's registry can't be reached" unless (@packages = NodePackages.prepare)
    @redis = RedisServer.start
    @app = CableApp.new(@redis, files: {"tmp/output_tokens.yml" => JSON.generate("abc" => %w[echo done])})
    @tenant = @app.tenant
    @cookie = @tenant.cookie("ann")
    @server = @app.serve
  end

  def teardown
    @page&.close
    @server&.stop
    @redis&.stop
  end

  def test_a_page_subscribes_receives_performs_and_comes_back
    open_page(@cookie)
    tell("subscribe", "playlist", {channel: "PlaylistChannel", room: "1"})
    assert_equal({"what" => "connected", "of" => "playlist", "reconnected" => false}, told)
    @tenant.run('ActionCable.server.broadcast("playlist-1", {next: "So What"})')
    assert_equal({"what" => "received", "of" => "playlist", "message" => {"next" => "So What"}}, told)

    tell("subscribe", "guess", {channel: "OutputChannel", token: "guessed"})
    assert_equal({"what" => "rejected", "of" => "guess"}, told)
    tell("subscribe", "output", {channel: "OutputChannel", token: "abc"})
    assert_equal "connected", told["what"]
    tell("perform", "output", "start")
    assert_equal [{"exit" => 0}, {"line" => "done"}], [told, told].map { |event| event["message"] }.sort_by(&:keys)
    tell("unsubscribe", "output")
    assert_equal "unsubscribed", told["what"]

    @tenant.run('ActionCable.server.remote_connections.where(visitor: "ann").disconnect && nil')
    assert_equal({"what" => "disconnected", "of" => "playlist", "willAttemptReconnect" => true}, told)
    assert_equal({"what" => "connected", "of" => "playlist", "reconnected" => true}, told)
    @tenant.run('ActionCable.server.broadcast("playlist-1", "Naima")')
    assert_equal "Naima", told["message"]
  end

  def test_a_stranger_is_told_to_stay_away
    open_page("visitor=ann")
    tell("subscribe", "playlist", {channel: "PlaylistChannel", room: "1"})
    assert_equal({"what" => "disconnected", "of" => "playlist", "willAttemptReconnect" => false}, told)
  end

  private

  def open_page(cookie)
    address = "127.0.0.1:#{@server.port}"
    @page = IO.popen(["node", PAGE, @packages, "ws://#{address}/cable", "http://#{address}", cookie], "r+")
  end

  def tell(*words)
    @page.puts(JSON.generate(words))
  end

  def told
    JSON.parse(Timeout.timeout(LIMIT) { @page.gets } || raise("the page has ended"))
  end
end
