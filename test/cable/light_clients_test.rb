# frozen_string_literal: true

require "json"
require "minitest/autorun"
require_relative "../support/app_copy"
require_relative "../support/memtrim"

# What a client costs less changes nothing that channels and connections see: the same is asked of the full server.
class LightClientsTest < Minitest::Test
  SERVERS = {
    "full" => %(require "./config/environment"),
    "ours" => %(require "bundler/setup"; require "showcase_memtrim/cable"; ShowcaseMemtrim::Cable.application(root: Dir.pwd) { |config| config.log_level = :fatal })
  }.freeze

  # Two visitors' connections with a channel each, over sockets that are taken over as Puma's are.
  ASK = <<~RUBY
    require "json"
    require "socket"
    require "rack"

    class PlainChannel < ApplicationCable::Channel
      def act = nil
    end

    class ShadowingChannel < ApplicationCable::Channel
      def visitor = "the channel's own"
    end

    HEADERS = {"HTTP_CONNECTION" => "Upgrade", "HTTP_UPGRADE" => "websocket", "HTTP_SEC_WEBSOCKET_VERSION" => "13",
      "HTTP_SEC_WEBSOCKET_KEY" => ["0" * 16].pack("m0"), "HTTP_ORIGIN" => "http://localhost", "HTTP_HOST" => "localhost",
      "action_dispatch.signed_cookie_salt" => "the request's", "puma.mark_as_io_bound" => -> {}}

    connections = %w[Ann Bob].map do |name|
      near, far = UNIXSocket.pair
      env = Rack::MockRequest.env_for("http://localhost/cable", HEADERS).merge("rack.hijack?" => true, "rack.hijack" => -> { near })
      connection = ApplicationCable::Connection.new(ActionCable.server, env)
      status, = connection.process
      connection.visitor = name
      {name: name, env: env, connection: connection, far: far, status: status, answer: far.gets}
    end
    channels = [PlainChannel, ShadowingChannel].to_h { |type| [type, connections.map { |it| type.new(it[:connection], "x", {}) }] }
    request = connections.first[:connection].send(:request)

    puts "", JSON.generate(
      same: {
        status: connections.map { |it| it[:status] }, answer: connections.map { |it| it[:answer] },
        visitors: channels.values.map { |both| both.map(&:visitor) }, actions: channels.keys.map { |type| type.action_methods.to_a },
        from_the_request: request.env["action_dispatch.signed_cookie_salt"], from_the_application: request.env.key?("action_dispatch.key_generator"),
        path: request.path, cookie: connections.first[:connection].send(:cookies)[:visitor]
      },
      singleton_methods: channels.transform_values { |both| both.first.singleton_methods },
      environments: [request.env, connections.first[:env]].uniq(&:object_id).size,
      kept: connections.first[:env].slice("rack.hijack", "puma.mark_as_io_bound").keys
    )
    $stdout.flush
    exit!(true)
  RUBY

  def test_channels_and_connections_are_as_the_full_servers
    assert_equal answers["full"]["same"], answers["ours"]["same"]
    assert_equal [%w[Ann Bob], %w[Ann Bob]], answers["ours"]["same"]["visitors"]
    assert_equal [["act"], ["visitor"]], answers["ours"]["same"]["actions"], "identifiers must not be actions"
    assert_equal "the request's", answers["ours"]["same"]["from_the_request"]
  end

  def test_a_subscription_has_no_class_of_its_own
    assert_equal({"PlainChannel" => ["visitor"], "ShadowingChannel" => ["visitor"]}, answers["full"]["singleton_methods"], "then there is nothing to save")
    assert_equal({"PlainChannel" => [], "ShadowingChannel" => ["visitor"]}, answers["ours"]["singleton_methods"])
  end

  def test_a_client_has_one_environment_without_what_the_request_needed
    assert_equal [2, %w[rack.hijack puma.mark_as_io_bound]], answers["full"].values_at("environments", "kept")
    assert_equal [1, []], answers["ours"].values_at("environments", "kept")
  end

  private

  def answers
    @@answers ||= SERVERS.transform_values { |start| ask(start) } # standard:disable Style/ClassVars
  end

  def ask(start)
    app = AppCopy.prepare("tenant", in_gemfile: true)
    env = {"RAILS_ENV" => "production", "SECRET_KEY_BASE_DUMMY" => "1", "SECRET_KEY_BASE" => "x" * 64, "EAGER_LOAD" => "0", "BUNDLE_GEMFILE" => File.join(app, "Gemfile"), "RUBYOPT" => nil}
    result = Memtrim.run_command("ruby", "-e", "#{start}\n#{ASK}", chdir: app, env: env)
    assert result.status.success?, result.err + result.out
    JSON.parse(result.out.lines.last)
  end
end
