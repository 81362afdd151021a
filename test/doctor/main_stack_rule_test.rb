# frozen_string_literal: true

require "minitest/autorun"
require_relative "../support/doctored_app"

# The rule of the main thread's stack: told where this Ruby touches it and nothing limits it, and nowhere else.
class MainStackRuleTest < Minitest::Test
  include DoctoredApp

  # As the app's files have it, so that this Ruby is the app's.
  OURS = {"Gemfile.lock" => ["ruby 3.3.5p100", "ruby #{RUBY_VERSION}p1"]}.freeze
  TOUCHED = Stack.new(8_384_512)
  SERVER = "bundle exec puma"

  def test_touched
    found = told.first
    assert_equal ["trade", nil, {stack: 1 << 20}], [found.level, found.place, {stack: found.stake.variant.stack}]
    assert_includes found.problem, "touches 8.0 MiB"
    assert_includes found.problem, RbConfig.ruby
    assert_match(/\Aulimit -s 1024 .*LimitSTACK=1M/, found.edit)
  end

  def test_not_touched_or_not_known
    [24_576, 1_044_480, 2 << 20, nil].each { |bytes| assert_empty told(touched: Stack.new(bytes)), bytes.inspect }
  end

  def test_where_nobody_is_served
    assert_empty told({"config/environments/test.rb" => ""}, env: "test")
  end

  # The place of what starts it, and an edit for that place.
  PLACES = {
    {"Procfile" => "web: #{SERVER}\n"} => ["Procfile:1", /\AProcfile: web: sh -c 'ulimit -s 1024; exec /],
    {"app.service" => "[Service]\nExecStart=/usr/bin/#{SERVER}\n"} => ["app.service:2", /\Aapp\.service: LimitSTACK=1M /],
    {"Dockerfile" => "FROM debian:13\nCMD #{SERVER}\n"} => ["Dockerfile:2", /\Aulimit -s 1024 .*ENTRYPOINT/],
    {"Dockerfile" => "FROM debian:13\nENTRYPOINT [\"bin/up\"]\n", "bin/up" => "#!/bin/sh\nexec #{SERVER}\n"} => ["bin/up:2", /\Abin\/up: ulimit -s 1024 /],
    {"Dockerfile" => "FROM debian:13\n", "compose.yml" => "services:\n  web:\n    build: .\n    command: #{SERVER}\n"} => ["compose.yml:4", /\Acompose\.yml: ulimits: \{stack: 1048576\} /]
  }.freeze

  PLACES.each do |files, (place, edit)|
    define_method("test_place: #{place}") do
      found = told(files)
      assert_equal [place], found.map(&:place)
      assert_match edit, found.first.edit
    end
  end

  LIMITED = [
    {"Procfile" => "web: sh -c 'ulimit -s 1024; exec #{SERVER}'\n"},
    {"Procfile" => "web: docker run --ulimit stack=1048576 shop\n"},
    {"app.service" => "[Service]\nLimitSTACK=1M\nExecStart=/usr/bin/#{SERVER}\n"},
    {"Dockerfile" => "FROM debian:13\nCMD ulimit -S -s 1024 && #{SERVER}\n"},
    {"Dockerfile" => "FROM debian:13\nENTRYPOINT [\"docker/up\"]\n", "docker/up" => "#!/bin/sh\nulimit -c 0 -s 512 # KiB\nexec #{SERVER}\n"},
    {"Dockerfile" => "FROM debian:13\n", "compose.yml" => "services:\n  web:\n    build: .\n    command: #{SERVER}\n    ulimits:\n      nofile: 1024\n      stack: 1048576\n"},
    {"Dockerfile" => "FROM debian:13\nCMD #{SERVER}\n", "config/deploy.yml" => "service: shop\nservers:\n  web:\n    hosts: [a]\n    options:\n      ulimit: stack=1048576\n"},
    {"script/tenants.rb" => "spawn(\"#{SERVER}\", rlimit_stack: 1 << 20)\n"}
  ].freeze

  def test_limited_already
    LIMITED.each { |files| assert_empty told(files), files.inspect }
  end

  def test_other_limits_and_comments_are_none
    [
      {"Procfile" => "web: sh -c 'ulimit -n 65536; exec #{SERVER}'\n"},
      {"app.service" => "[Service]\n#LimitSTACK=1M\nLimitNOFILE=65536\nExecStart=/usr/bin/#{SERVER}\n"},
      {"Dockerfile" => "FROM debian:13\nCMD #{SERVER}\n", "script/up" => "#!/bin/sh\n# ulimit -s 1024\n"},
      {"Dockerfile" => "FROM debian:13\n", "compose.yml" => "services:\n  web:\n    build: .\n    command: #{SERVER}\n    ulimits:\n      nofile: 1024\n  stack:\n    image: redis\n"}
    ].each { |files| assert_equal 1, told(files).size, files.inspect }
  end

  # What was measured tells nothing of another Ruby.
  def test_another_ruby
    assert_empty told({"Gemfile.lock" => ["ruby 3.3.5p100", "ruby 2.7.8p1"]})
    assert_empty told({"Dockerfile" => "FROM ruby:#{RUBY_VERSION}-alpine\nCMD #{SERVER}\n"})
    official = {"Dockerfile" => "FROM docker.io/library/ruby:#{RUBY_VERSION}\nCMD #{SERVER}\n"}
    assert_equal RbConfig.ruby.start_with?("/usr/local/bin/") ? 1 : 0, told(official).size
  end

  private

  def told(changes = {}, touched: TOUCHED, env: "production")
    with_doctored_app(OURS.merge(changes)) do |app|
      ShowcaseMemtrim::Doctor.new(app, env: env, main_stack: touched).findings.select { |finding| finding.rule == "main_stack" }
    end
  end
end
