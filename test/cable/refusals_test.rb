# frozen_string_literal: true

require "minitest/autorun"
require_relative "../support/cable/cable_app"

# Where bin/cable can't serve: one line says why and where, and its exit status is 1.
class CableRefusalsTest < Minitest::Test
  RACKUP = File.read(File.join(AppCopy::APPS, "tenant/cable/config.ru"))
  APP = CableApp.new(nil)

  # What is changed, and what is said of it.
  CHANNELS = {
    "ROOMS = Heat.count" => "Heat is not loaded in this Action Cable server, and app/channels/room_channel.rb:2 names it. Give app/models/heat.rb to config.require in cable/config.ru, or run the full server",
    "include Devise::Helpers" => "Devise is not loaded in this Action Cable server, and app/channels/room_channel.rb:2 names it. Give its file to config.require in cable/config.ru, or run the full server",
    "CACHE = Rails.cache" => "Rails.cache is not there in this Action Cable server, and app/channels/room_channel.rb:2 asks for it; run the full server for channels that need it"
  }.freeze

  CABLE_YML = {
    nil => "config/cable.yml: no such file; write it, or set config.cable",
    "production:\n  adapter: rabbit\n" => "config/cable.yml, production: no adapter rabbit here",
    "production:\n  adapter: postgresql\n" => "config/cable.yml, production: no adapter postgresql here",
    "production:\n  adapter: [redis\n" => "did not find expected ',' or ']' while parsing a flow sequence at line 2",
    "production: <%= no_such_thing %>\n" => "config/cable.yml: undefined local variable or method",
    "development:\n  adapter: async\n" => "config/cable.yml has nothing for production; name the environment by RAILS_ENV, or add it",
    "" => "config/cable.yml has nothing for production"
  }.freeze

  SETTINGS = {
    "config.allowed_request_origin = []" => "cable/config.ru:9: config.allowed_request_origin is no setting; is it config.allowed_request_origins?",
    "config.log_level = :loud" => "config.log_level is debug, info, warn, error, fatal, unknown, not loud",
    "config.require = %w[lib/nothing]" => "config.require in cable/config.ru: cannot load such file -- lib/nothing",
    "config.logger = config.loger" => "cable/config.ru:9: config.loger is not set; is it config.logger?"
  }.freeze

  CHANNELS.each_with_index do |(code, said), number|
    define_method(:"test_channel_#{number}") { refused(said, "app/channels/room_channel.rb" => "class RoomChannel < ApplicationCable::Channel\n  #{code}\nend\n") }
  end

  CABLE_YML.each_with_index do |(content, said), number|
    define_method(:"test_cable_yml_#{number}") { refused(said, "config/cable.yml" => content) }
  end

  SETTINGS.each_with_index do |(line, said), number|
    define_method(:"test_setting_#{number}") { refused(said, "cable/config.ru" => RACKUP.sub(/^end$/, "  #{line}\nend")) }
  end

  def test_rails_itself_is_not_stood_in_for
    refused("showcase_memtrim/cable stands in for Rails, which is loaded already: cable/config.ru must not require config/environment",
      "cable/config.ru" => RACKUP.sub("require", "require_relative \"../config/environment\"\nrequire"))
  end

  # Ruby and Zeitwerk say where.
  def test_a_broken_channel_is_said_as_ruby_says_it
    said = refused_with("app/channels/room_channel.rb" => "class RoomChannel < ApplicationCable::Channel\n  def x(\nend\n")
    assert_match(/SyntaxError.*app\/channels\/room_channel\.rb/m, said)
    said = refused_with("app/channels/room_channel.rb" => "class RomChannel < ApplicationCable::Channel\nend\n")
    assert_match(/expected file .*app\/channels\/room_channel\.rb to define constant RoomChannel/, said)
  end

  def test_a_file_of_lib_that_is_named_may_be_used
    server = with_files("lib/halls.rb" => "module Halls\n  ALL = %w[red blue]\nend\n", "app/channels/room_channel.rb" => "class RoomChannel < ApplicationCable::Channel\n  HALLS = Halls::ALL\nend\n",
      "cable/config.ru" => RACKUP.sub(/^end$/, "  config.require = \"halls\"\nend")) { APP.serve }
    assert_nil server.ended?
  ensure
    server&.stop
  end

  def test_without_a_secret_nobody_gets_in_and_the_log_says_why
    server = APP.serve(secret_key_base: nil)
    page = server.client(cookie: "visitor=ann")
    server.await("no secret_key_base for signed and encrypted cookies: set SECRET_KEY_BASE as the tenants have it")
    assert_nil page.receive(0.3)
  ensure
    server&.stop
  end

  private

  def refused(said, files)
    result = with_files(files) { APP.refused }
    lines = result.out.lines.grep(/Unable to load application/)
    assert_equal [1, 1, ""], [result.status.exitstatus, lines.size, result.err], result.out + result.err
    assert_includes lines.first, said
    assert_equal lines.first, result.out.lines.last, "nothing follows"
  end

  # @return [String] all that is said
  def refused_with(files)
    result = with_files(files) { APP.refused }
    assert_equal 1, result.status.exitstatus
    result.out + result.err
  end

  def with_files(files)
    before = files.keys.to_h { |name| [name, (File.read(path(name)) if File.exist?(path(name)))] }
    APP.write(files)
    yield
  ensure
    APP.write(before)
  end

  def path(name)
    File.join(APP.directory, name)
  end
end
