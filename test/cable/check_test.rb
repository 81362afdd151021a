# frozen_string_literal: true

require "minitest/autorun"
require "fileutils"
require "json"
require "tmpdir"
require_relative "../support/app_copy"
require_relative "../support/memtrim"

# `memtrim cable` on copies of the sample app, whose channels are changed.
class CableCheckTest < Minitest::Test
  def test_the_sample_app_qualifies
    in_app do
      answer = check
      assert_equal 0, answer.status.exitstatus, answer.err
      assert_includes answer.out, "Qualifies: 6 classes of app/channels can be served without the app."
      assert_includes answer.out, "next: memtrim cable --write"
    end
  end

  def test_what_needs_the_app
    in_app("app/channels/bad_channel.rb" => <<~RUBY, "lib/loner.rb" => "class Loner\n  LIST = [Set]\nend\n", "app/models/pair.rb" => "class Pair\n  OTHER = Loner\n  THIRD = Heat\nend\n") do
      class BadChannel < ApplicationCable::Channel
        A = Heat.name
        def subscribed
          Rails.cache
          Rails.application.routes
          Rails.root.join("x") if defined?(Sentry)
          env["warden"]
          Loner.new
          Pair
          5.minutes
          Nobody::Knows
          params[:x].constantize
          ::ActionCable.server.broadcast("x", [JSON, ERB::Util, GlobalID.name, SUBSCRIBED, A, StandardError])
        end
        SUBSCRIBED = 1
      end
    RUBY
      answer = JSON.parse(check("--format", "json").out)
      refute answer["qualifies"]
      found = answer["findings"].map { |finding| [finding["line"], finding["kind"], finding["name"], finding["required"], finding["against"]] }
      assert_equal [
        [2, "constant", "Heat", nil, true], [4, "rails", "Rails.cache", nil, true], [5, "rails", "Rails.application.routes", nil, true],
        [7, "middleware", "env[\"warden\"]", nil, true], [8, "constant", "Loner", "lib/loner.rb", false], [9, "constant", "Pair", nil, true],
        [10, "extension", "minutes", "active_support/core_ext/numeric/time", false], [11, "constant", "Nobody::Knows", nil, true],
        [12, "unknown", "params[:x].constantize", nil, false]
      ], found - [[13, "constant", "GlobalID", nil, true]]
      assert_match(/Heat \(app\/models\/heat\.rb\) needs ApplicationRecord \(line 4\)/, answer["findings"].first["text"])
      assert_equal 1, check.status.exitstatus
      refused = check("--write", "--force")
      assert_includes refused.err, "nothing written: the app needs the full server"
    end
  end

  def test_it_writes_a_server_that_starts_with_what_the_channels_need
    channel = "class LaterChannel < ApplicationCable::Channel\n  def subscribed = stream_from(\"\#{Loner.name} \#{5.minutes}\")\nend\n"
    settings = "Rails.application.configure do\n  config.action_cable.allowed_request_origins = [\"https://a.example\", /b/]\n  config.action_cable.worker_pool_size = ENV.fetch(\"POOL\", 2).to_i\n  config.action_cable.log_tags = [-> { 1 }]\n  config.action_dispatch.cookies_serializer = :hybrid\nend\n"
    in_app("app/channels/later_channel.rb" => channel, "app/models/loner.rb" => "Loner = Struct.new(:a)\n", "config/initializers/cable.rb" => settings, "Procfile" => "cable: bundle exec puma -p 28080 cable/config.ru\n", "cable/config.ru" => nil, "bin/cable" => nil) do |directory|
      answer = check("--write")
      assert_equal 0, answer.status.exitstatus, answer.err
      assert_includes answer.err, "written: cable/config.ru and bin/cable\nmemtrim: start it with: bin/cable -b tcp://0.0.0.0:28080 (in place of Procfile:1)"
      text = File.read(File.join(directory, "cable/config.ru"))
      assert_includes text, <<-RUBY
  config.load_defaults "\#{Rails::VERSION::MAJOR}.\#{Rails::VERSION::MINOR}".to_f # as config/application.rb:14
  config.action_dispatch.cookies_serializer = :hybrid # as config/initializers/cable.rb:5
  config.allowed_request_origins = ["https://a.example", /b/] # as config/initializers/cable.rb:2
  config.worker_pool_size = ENV.fetch("POOL", 2).to_i # as config/initializers/cable.rb:3
  # config.log_tags: config/initializers/cable.rb:4 sets it, in a way that can't be read; give it here, too
  config.require = ["app/models/loner.rb", "active_support/core_ext/numeric/time"]
      RUBY
      assert File.executable?(File.join(directory, "bin/cable"))
      assert_includes check("--write").err, "nothing to write"
      File.write(File.join(directory, "cable/config.ru"), "require_relative \"../config/environment\"\nrun ActionCable.server\n")
      refused = check("--write")
      assert_equal 2, refused.status.exitstatus
      assert_includes refused.err, "-require_relative \"../config/environment\""
      assert_includes refused.err, "nothing written: cable/config.ru is there, and different; --force writes over"
      assert_equal 0, check("--write", "--force").status.exitstatus
      assert_equal text, File.read(File.join(directory, "cable/config.ru"))
    end
  end

  def test_bad_input
    in_app("app/channels/broken_channel.rb" => "class Broken\n  def x(\nend\n") do
      assert_match(/\Amemtrim: app\/channels\/broken_channel\.rb: line \d+: /, check.err)
      assert_equal 2, check.status.exitstatus
    end
    in_app("app/channels" => nil) do
      assert_includes check.out, "There are no channels"
      refused = check("--write")
      assert_equal [2, "memtrim: nothing written: there are no channels in #{@directory}\n"], [refused.status.exitstatus, refused.err]
    end
    in_app("config/cable.yml" => "production:\n  adapter: solid_cable\n") do
      assert_match(/config\/cable\.yml  the adapter solid_cable needs Active Record: the full server/, check.out)
    end
    assert_equal 2, check("--check", "--write").status.exitstatus
    assert_equal 2, check("--force").status.exitstatus
  end

  private

  # With these files; nil: without.
  def in_app(files = {})
    Dir.mktmpdir do |directory|
      FileUtils.cp_r("#{AppCopy.prepare("tenant")}/.", directory)
      files.each do |path, content|
        file = File.join(directory, path)
        next FileUtils.rm_rf(file) unless content
        FileUtils.mkdir_p(File.dirname(file))
        File.write(file, content)
      end
      @directory = directory
      yield directory
    end
  end

  def check(*arguments)
    Memtrim.run("cable", *arguments, "--app", @directory || ".", env: {"RAILS_VERSION" => AppCopy.rails_versions.last})
  end
end
