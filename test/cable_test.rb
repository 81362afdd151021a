# frozen_string_literal: true

require "minitest/autorun"
require_relative "support/cable/cable_app"
require_relative "support/cable/redis_server"

# bin/cable of the sample app, with the app's own processes on the other side of a Redis.
class CableTest < Minitest::Test
  # For what the app's own channels don't do.
  PROBE = <<~RUBY
    class ProbeChannel < ApplicationCable::Channel
      periodically(every: 0.2) { transmit({tick: true}) if params[:ticks] }

      def visitors
        transmit([visitor, connection.send(:cookies).signed[:seat]])
      end

      def settings
        transmit([Rails.env, Rails.root.to_s, Rails.configuration.x.hall, Rails.application.config_for(:halls)[:seats]])
      end

      def current
        transmit([Current.visitor, Current.visitor = visitor])
      end

      def heats
        transmit(Heat.count)
      end

      def assets
        transmit(Rails.application.assets)
      end

      def fail
        raise "no such music"
      end
    end
  RUBY

  COMMANDS = {
    "endless" => ["sh", "-c", "echo $$; exec sleep 300"],
    "ends" => ["sh", "-c", "echo one; test -t 1 && echo terminal; exit 3"]
  }.freeze

  RACKUP = File.read(File.join(AppCopy::APPS, "tenant/cable/config.ru")).sub(/^end$/, "  config.x.hall = \"Ballroom\"\n  config.require = [\"app/models/current.rb\"]\nend")

  FILES = {
    "app/channels/probe_channel.rb" => PROBE, "cable/config.ru" => RACKUP, "config/halls.yml" => "shared:\n  seats: 300\n",
    "app/models/current.rb" => "class Current < ActiveSupport::CurrentAttributes\n  attribute :visitor\nend\n",
    "tmp/output_tokens.yml" => JSON.generate(COMMANDS)
  }.freeze

  REDIS = RedisServer.start.tap { |redis| Minitest.after_run { redis.stop } }
  APP = CableApp.new(REDIS, files: FILES)
  TENANT = APP.tenant
  SERVER = APP.serve
  TENANT.run('ActiveRecord::FixtureSet.create_fixtures("test/fixtures", Dir.children("test/fixtures").map { |file| file.delete_suffix(".yml") }) && nil')
  COOKIE = TENANT.cookie("ann")

  def teardown
    @clients&.each(&:close)
  end

  def test_a_tenants_model_tells_those_who_watch_its_heat
    watching = client.tap { |page| assert_equal "confirm_subscription", page.subscribe("ScoresChannel", heat: heat) }
    elsewhere = client.tap { |page| page.subscribe("ScoresChannel", heat: TENANT.run("Heat.create!(number: 99, dance: Dance.first).to_gid_param")) }
    score = TENANT.run('Heat.find_by(number: 1).scores.create!(entry: Entry.first, judge: Person.first, value: "2").slice(:entry_id, :judge_id)')

    assert_equal({"entry" => score["entry_id"], "judge" => score["judge_id"], "value" => "2"}, watching.message)
    assert_nil elsewhere.receive(0.3)
  end

  def test_relays_tell_what_the_tenant_broadcasts_
    page = client
    page.subscribe("CurrentHeatChannel", event: "boston")
    page.subscribe("PlaylistChannel", room: "2")
    TENANT.run('20.times { |number| ActionCable.server.broadcast("current-heat-boston", {number: number, name: "Walzer für Anfänger"}) }')
    TENANT.run('ActionCable.server.broadcast("playlist-2", "So What")')
    TENANT.run('ActionCable.server.broadcast("playlist-3", "Blue in Green")')

    told = Array.new(21) { page.receive }
    heats, playlist = told.partition { |message| message["identifier"] == page.identifier("CurrentHeatChannel", event: "boston") }
    expected = (0...20).map { |number| {"number" => number, "name" => "Walzer für Anfänger"} }
    assert_equal expected, heats.map { |message| message["message"] }.sort_by { |heat| heat["number"] }, "Action Cable's workers may overtake each other"
    assert_equal [{"identifier" => page.identifier("PlaylistChannel", room: "2"), "message" => "So What"}], playlist
    assert_nil page.receive(0.3)
  end

  def test_another_prefix_is_another_machines
    page = client.tap { |page| page.subscribe("PlaylistChannel", room: "prefix") }
    TENANT.run(<<~RUBY)
      config = ActionCable.server.config.dup
      config.cable = config.cable.merge(channel_prefix: "another")
      ActionCable::Server::Base.new(config: config).broadcast("playlist-prefix", "not for us")
      ActionCable.server.broadcast("playlist-prefix", "for us")
    RUBY
    assert_equal "for us", page.message
  end

  def test_a_commands_output_comes_line_by_line_from_a_terminal
    page = client
    assert_equal "confirm_subscription", page.subscribe("OutputChannel", token: "ends")
    page.perform("start", "OutputChannel", token: "ends")
    assert_equal [{"line" => "one"}, {"line" => "terminal"}, {"exit" => 3}].to_set, Array.new(3) { page.message }.to_set
  end

  def test_a_command_ends_with_its_subscription_or_its_client
    [->(page) { page.unsubscribe("OutputChannel", token: "endless") }, :close.to_proc].each do |leave|
      page = client
      page.subscribe("OutputChannel", token: "endless")
      page.perform("start", "OutputChannel", token: "endless")
      pid = Integer(page.message["line"])
      assert_equal 1, Process.kill(0, pid)
      leave.call(page)
      wait("the command still runs") { !File.exist?("/proc/#{pid}") }
    end
  end

  def test_whom_a_channel_rejects_it_tells_nothing
    page = client
    assert_equal "reject_subscription", page.subscribe("OutputChannel", token: "guessed")
    TENANT.run('ActionCable.server.broadcast("output-guessed", {line: "secret"})')
    assert_nil page.receive(0.3)
    assert_equal "confirm_subscription", page.subscribe("PlaylistChannel", room: "1"), "the connection stays"
  end

  def test_unsubscribed
    page, other = client, client
    [page, other].each { |one| one.subscribe("PlaylistChannel", room: "left") }
    page.unsubscribe("PlaylistChannel", room: "left")
    SERVER.await("PlaylistChannel stopped streaming from playlist-left")
    TENANT.run('ActionCable.server.broadcast("playlist-left", "Naima")')
    assert_equal "Naima", other.message
    assert_nil page.receive(0.3)
    other.unsubscribe("PlaylistChannel", room: "left")
    REDIS.await_subscribers("showcase_production:playlist-left", 0)
  end

  def test_only_a_visitor_of_the_app_gets_in
    assert_equal({"type" => "welcome"}, SERVER.client(cookie: COOKIE).receive)
    refused = {"type" => "disconnect", "reason" => "unauthorized", "reconnect" => false}
    other_secret = "visitor=#{COOKIE.delete_prefix("visitor=").reverse}"
    [nil, "visitor=ann", other_secret, TENANT.cookie("ann", kind: :signed)].each do |cookie|
      page = SERVER.client(cookie: cookie)
      assert_equal refused, page.receive, cookie
      assert_equal 1000, page.socket.await_close.first
    end
  end

  def test_signed_and_encrypted_cookies_of_the_app
    seat = TENANT.cookie("A 12", name: "seat", kind: :signed)
    {seat => "A 12", TENANT.cookie("A 12", name: "seat") => nil, seat.sub("seat=", "seat=a") => nil}.each do |other, value|
      page = client(cookie: "#{TENANT.cookie("zoë")}; #{other}")
      page.subscribe("ProbeChannel")
      page.perform("visitors", "ProbeChannel")
      assert_equal ["zoë", value], page.message, other
    end
  end

  def test_pages_of_other_origins_stay_out
    {"http://localhost:3000" => 101, "https://127.0.0.1" => 101, "http://evil.example" => 404, "http://localhost.evil.example" => 404, "null" => 404}.each do |origin, status|
      assert_equal status, SERVER.client(cookie: COOKIE, origin: origin).socket.status, origin
    end
    assert_includes SERVER.log, "Request origin not allowed: http://evil.example"
  end

  def test_nothing_else_is_served
    %w[/ /cables /up /assets].each { |path| assert_equal 404, SERVER.client(path: path).socket.status, path }
    assert_includes SERVER.log, "GET /cables: not found; Action Cable is at /cable (config.mount_path)"
  end

  def test_a_tenant_disconnects_whom_it_knows
    bea, ann = client(cookie: TENANT.cookie("bea")), client
    TENANT.run('ActionCable.server.remote_connections.where(visitor: "bea").disconnect(reconnect: false) && nil')
    assert_equal({"type" => "disconnect", "reason" => "remote", "reconnect" => false}, bea.receive)
    assert_equal 1000, bea.socket.await_close.first
    assert_equal "confirm_subscription", ann.subscribe("PlaylistChannel", room: "1")
  end

  def test_pings_and_what_a_channel_does_by_the_clock
    page = client
    assert_match(/\A{"type":"ping","message":\d{10}}\z/, page.socket.receive(10))
    page.subscribe("ProbeChannel", ticks: true)
    assert_equal [{"tick" => true}] * 3, Array.new(3) { page.message }
  end

  def test_what_channels_ask_of_rails
    page = client
    page.subscribe("ProbeChannel")
    page.perform("settings", "ProbeChannel")
    assert_equal ["production", APP.directory, "Ballroom", 300], page.message
  end

  # Its threads serve all of them.
  def test_current_attributes_are_nobody_elses
    pages = Array.new(2) { client.tap { |page| page.subscribe("ProbeChannel") } }
    pages.cycle(6) do |page|
      page.perform("current", "ProbeChannel")
      assert_equal [nil, "ann"], page.message
    end
  end

  def test_what_is_not_loaded_is_said_with_its_place_and_the_connection_stays
    page = client
    page.subscribe("ProbeChannel")
    %w[heats assets fail].each { |action| page.perform(action, "ProbeChannel") }
    page.perform("settings", "ProbeChannel")

    assert_equal "production", page.message&.first
    SERVER.await("Heat is not loaded in this Action Cable server, and #{place("Heat.count")} names it. " \
      "Give app/models/heat.rb to config.require in cable/config.ru, or run the full server")
    SERVER.await("Rails.application.assets is not there in this Action Cable server, and #{place("application.assets")} asks for it")
    SERVER.await("no such music")
  end

  def test_twenty_clients_that_come_back
    2.times do |round|
      pages = Array.new(20) { client.tap { |page| page.subscribe("PlaylistChannel", room: "all") } }
      TENANT.run("ActionCable.server.broadcast('playlist-all', #{round})")
      assert_equal [round] * 20, pages.map(&:message)
      pages.each(&:close)
      REDIS.await_subscribers("showcase_production:playlist-all", 0)
    end
  end

  def test_who_does_not_read_keeps_nobody_waiting
    asleep, awake = client, client
    [asleep, awake].each { |page| page.subscribe("PlaylistChannel", room: "long") }
    TENANT.run('100.times { |number| ActionCable.server.broadcast("playlist-long", [number, "x" * 100_000]) } && nil')
    [awake, asleep].each { |page| assert_equal (0...100).to_a, Array.new(100) { page.message.first }.sort }
  end

  def test_turbo_streams_that_the_app_signed
    page = client
    name = TENANT.run('Turbo::StreamsChannel.signed_stream_name("news")')
    assert_equal "confirm_subscription", page.subscribe("Turbo::StreamsChannel", signed_stream_name: name)
    assert_equal "reject_subscription", page.subscribe("Turbo::StreamsChannel", signed_stream_name: name.reverse)
    TENANT.run('Turbo::StreamsChannel.broadcast_append_to("news", target: "news", html: "<p>Lunch</p>")')
    assert_equal '<turbo-stream action="append" target="news"><template><p>Lunch</p></template></turbo-stream>', page.message
  end

  private

  # @return [ActionCableClient] which has been welcomed
  def client(cookie: COOKIE)
    SERVER.client(cookie: cookie).tap do |page|
      (@clients ||= []) << page
      assert_equal({"type" => "welcome"}, page.receive)
    end
  end

  def heat
    TENANT.run("Heat.find_by(number: 1).to_gid_param")
  end

  def place(text)
    "app/channels/probe_channel.rb:#{PROBE.lines.index { |line| line.include?(text) } + 1}"
  end

  def wait(problem)
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 10
    until yield
      flunk problem if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
      sleep 0.02
    end
  end
end
