# frozen_string_literal: true

require "minitest/autorun"
require_relative "../support/cable/cable_app"
require_relative "../support/cable/redis_4"
require_relative "../support/cable/redis_server"

# bin/cable with other versions, in development, and with its secret elsewhere.
class CableSurroundingsTest < Minitest::Test
  REDIS = RedisServer.start.tap { |redis| Minitest.after_run { redis.stop } }

  AppCopy.rails_versions[..-2].each do |rails| # the newest has the other tests
    define_method(:"test_rails_#{rails}") { relays(CableApp.new(REDIS, rails: rails)) }
  end

  def test_redis_4
    skip "the source of gems can't be reached" unless (directory = Redis4.prepare)
    app = CableApp.new(REDIS)
    gemfile = File.read(File.join(app.directory, "Gemfile"))
    app.write("Gemfile" => gemfile.sub(/^gem "redis", .*$/, %(gem "redis", path: #{directory.dump}, require: false)))
    relays(app.bundle)
    assert_includes File.read(File.join(app.directory, "Gemfile.lock")), "redis (#{Redis4::VERSION})"
  end

  # Rails makes a secret for all of the app's processes there, and a process hears itself only.
  def test_development_without_redis_and_without_a_secret
    app = CableApp.new(nil, files: {"tmp/output_tokens.yml" => JSON.generate("abc" => %w[echo done])})
    variables = {rails_env: "development", secret_key_base: nil}
    tenant = app.tenant(**variables)
    server = app.serve(**variables)
    page = welcome(server, tenant.cookie("ann"))
    assert_equal "confirm_subscription", page.subscribe("OutputChannel", token: "abc")
    page.perform("start", "OutputChannel", token: "abc")
    assert_equal [{"exit" => 0}, {"line" => "done"}], Array.new(2) { page.message }.sort_by(&:keys)
    secret_of_credentials(app, tenant)
  ensure
    server&.stop
  end

  private

  # The same secret, in production and encrypted.
  def secret_of_credentials(app, tenant)
    key = tenant.run(<<~RUBY)
      key = ActiveSupport::EncryptedFile.generate_key
      File.write("tmp/key", key)
      ActiveSupport::EncryptedConfiguration.new(config_path: "config/credentials.yml.enc", key_path: "tmp/key", env_key: "NONE", raise_if_missing_key: true)
        .write("secret_key_base: " + Rails.application.secret_key_base)
      key
    RUBY
    server = app.serve(secret_key_base: nil, rails_master_key: key)
    welcome(server, tenant.cookie("bea"))
    server.stop
    server = app.serve(secret_key_base: nil, rails_master_key: key.reverse)
    page = server.client(cookie: tenant.cookie("bea"))
    server.await("config/credentials.yml.enc is encrypted with another key than RAILS_MASTER_KEY")
    assert_nil page.receive(0.2)
  ensure
    server&.stop
  end

  # What all versions have to do.
  def relays(app)
    tenant, server = app.tenant, app.serve
    page = welcome(server, tenant.cookie("ann"))
    assert_equal "confirm_subscription", page.subscribe("PlaylistChannel", room: "1")
    tenant.run('ActionCable.server.broadcast("playlist-1", "So What")')
    assert_equal "So What", page.message
    assert_equal "confirm_subscription", page.subscribe("Turbo::StreamsChannel", signed_stream_name: tenant.run('Turbo::StreamsChannel.signed_stream_name("news")'))

    REDIS.restart(pause: 0.5)
    REDIS.await_subscribers("showcase_production:playlist-1")
    wait_for_tenant { tenant.run('ActionCable.server.broadcast("playlist-1", "Naima")') }
    assert_equal "Naima", page.message
    tenant.run('ActionCable.server.remote_connections.where(visitor: "ann").disconnect && nil')
    assert_equal "disconnect", page.receive["type"]
  ensure
    server&.stop
    tenant&.stop
  end

  # Its client may learn of the restart by an error.
  def wait_for_tenant
    yield
  rescue RuntimeError
    yield
  end

  def welcome(server, cookie)
    server.client(cookie: cookie).tap { |page| assert_equal({"type" => "welcome"}, page.receive) }
  end
end
