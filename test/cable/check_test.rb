# frozen_string_literal: true

require "minitest/autorun"
require "fileutils"
require "json"
require "tmpdir"
require_relative "../support/app_copy"
require_relative "../support/memtrim_here"

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
          Nothing.of(Rails.root.join("x")) if defined?(Nothing)
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
      ], found - [[13, "constant", "GlobalID", "global_id", false]]
      assert_match(/Heat \(app\/models\/heat\.rb\) needs ApplicationRecord \(line 4\)/, answer["findings"].first["text"])
      assert_equal 1, check.status.exitstatus
      refused = check("--write", "--force")
      assert_includes refused.err, "nothing written: the app needs the full server"
    end
  end

  def test_it_writes_a_server_that_starts_with_what_the_channels_need
    channel = "class LaterChannel < ApplicationCable::Channel\n  def subscribed = stream_from(\"\#{Loner.name} \#{5.minutes}\")\nend\n"
    settings = "Rails.application.configure do\n  config.action_cable.allowed_request_origins = [\"https://a.example\", /b/]\n  config.action_cable.worker_pool_size = ENV.fetch(\"POOL\", 2).to_i\n  config.action_cable.log_tags = [-> { 1 }]\n  config.action_dispatch.cookies_serializer = :hybrid\n  config.x.hall.seats = 300\nend\n"
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
  config.x.hall.seats = 300 # as config/initializers/cable.rb:6
  config.require = ["active_support/core_ext/numeric/time", "app/models/loner.rb"]
      RUBY
      assert File.executable?(File.join(directory, "bin/cable"))
      assert_includes check("--write").err, "nothing to write"
      File.write(File.join(directory, "cable/config.ru"), "require_relative \"../config/environment\"\nrun ActionCable.server\n")
      refused = check("--write")
      assert_equal 2, refused.status.exitstatus
      assert_includes refused.err, "-require_relative \"../config/environment\""
      assert_includes refused.err, "nothing written: cable/config.ru is there, and different; --force writes over"
      assert_equal 0, check("--write", "--force").status.exitstatus
      every_path = "  config.mount_path = nil # every path, as the server that was here\n"
      assert_equal text.sub("  config.require") { |line| every_path + line }, File.read(File.join(directory, "cable/config.ru"))
    end
  end

  # Each is held against the server: it starts with what the check says, or the check speaks against it.
  AGREED = {
    "a chain of files" => [%w[lib/loner.rb app/models/pair.rb], "X = Pair.name", {"app/models/pair.rb" => "class Pair\n  OTHER = Loner\nend\n", "lib/loner.rb" => "class Loner\nend\n"}],
    "files in a circle" => [%w[lib/pair.rb lib/loner.rb], "X = Loner.x", {"lib/loner.rb" => "class Loner\n  def self.x = Pair\nend\n", "lib/pair.rb" => "class Pair\n  def x = Loner\nend\n"}],
    "a constant in a class" => [%w[lib/loner.rb], "X = Loner::LIMIT", {"lib/loner.rb" => "class Loner\n  LIMIT = 3\nend\n"}],
    "a file of another name" => [%w[lib/odd.rb], "X = Loner.name", {"lib/odd.rb" => "class Loner\nend\n"}],
    "a file that requires" => [%w[lib/loner.rb], "X = Loner.name", {"lib/loner.rb" => "require \"open3\"\nrequire_relative \"odd\"\nclass Loner\n  X = [Open3, Other]\nend\n", "lib/odd.rb" => "Other = 1\n"}],
    "a channel that requires" => [[], "X = Loner.name", {"lib/loner.rb" => "class Loner\nend\n"}, "require \"loner\"\n"],
    "what a file extends" => [%w[active_support/core_ext/numeric/time lib/loner.rb], "X = Loner.name", {"lib/loner.rb" => "class Loner\n  T = 5.minutes\nend\n"}],
    "inherited constants" => [[], "X = LIMIT", {"app/channels/application_cable/channel.rb" => "module ApplicationCable\n  class Channel < ActionCable::Channel::Base\n    LIMIT ||= 3\n  end\nend\n"}],
    "methods by their receivers" => [
      %w[active_support/core_ext/time/calculations active_support/core_ext/numeric/time active_support/core_ext/array/access active_support/core_ext/numeric/conversions],
      "X = [Time.current, 1.day, [1].second, 1234.to_fs(:delimited)]", {}
    ],
    "a gem's constant" => [%w[global_id], "X = GlobalID", {}],
    "a method of its own" => [[], "def minutes = 3\n  def x(other) = [self.minutes, other.minutes]", {}]
  }.freeze

  AGAINST = {
    "Rails.cache in a file" => ["Loner (lib/loner.rb) asks for Rails.cache (line 2)", "X = Loner.name", {"lib/loner.rb" => "class Loner\n  X = Rails.cache\nend\n"}],
    "a page" => ["ApplicationController (app/controllers/application_controller.rb) needs ActionController::Base", "X = ApplicationController.render(plain: 1)", {}],
    "a circle with a model" => ["Loner (lib/loner.rb) needs Pair (line 2), and with it the app", "X = Loner.x", {"lib/loner.rb" => "class Loner\n  def self.x = Pair\nend\n", "lib/pair.rb" => "class Pair\n  X = [Loner, Heat]\nend\n"}],
    "a framework" => ["ActiveJob is nothing of app/channels", "X = ActiveJob", {}],
    "a feature that nothing has" => ["require \"nothing/of_the_kind\": neither lib/ nor the bundle has it", "X = 1", {}, "require \"nothing/of_the_kind\"\n"]
  }.freeze

  AGREED.each do |name, (required, body, files, head)|
    define_method(:"test_#{name.tr(" '", "__")}") do
      in_app(files.merge("app/channels/a_channel.rb" => channel(body, head))) do
        answer = JSON.parse(here("--format", "json").out)
        assert_equal [true, required.sort], [answer["qualifies"], answer["require"].sort], answer["findings"]
        assert_equal "starts\n", served(answer["require"])
      end
    end
  end

  AGAINST.each do |name, (text, body, files, head)|
    define_method(:"test_against_#{name.tr(" '.", "___")}") do
      in_app(files.merge("app/channels/a_channel.rb" => channel(body, head))) do
        answer = here
        assert_equal 1, answer.status.exitstatus
        assert_includes answer.out, text
        refute_equal "starts\n", served(Dir.glob("lib/{pair,loner}.rb", base: @directory))
      end
    end
  end

  # What cable/config.ru requires already counts, and stays.
  def test_what_is_required_already
    in_app("lib/odd.rb" => "class Loner\nend\n", "app/channels/a_channel.rb" => channel("X = [Loner, 1.day]"), "cable/config.ru" => nil, "bin/cable" => nil) do |directory|
      assert_equal 0, here("--write").status.exitstatus
      file = File.join(directory, "cable/config.ru")
      assert_includes File.read(file), 'config.require = ["active_support/core_ext/numeric/time", "lib/odd.rb"]'
      answer = JSON.parse(here("--format", "json").out)
      assert_equal [[], %w[active_support/core_ext/numeric/time lib/odd.rb]], answer.values_at("findings", "require")
      assert_includes here("--write").err, "nothing to write"
    end
  end

  # The server that is replaced answered at every path, and the app's logs leave more out.
  def test_what_is_written_serves_and_hides_as_before
    filters = "Rails.application.config.filter_parameters += [:passw, :iban, \"pin\"]\n"
    in_app("cable/config.ru" => "require_relative \"../config/environment\"\n\nrun ActionCable.server\n", "config/initializers/filters.rb" => filters) do |directory|
      answer = here("--write", "--force")
      assert_includes answer.err, "first: bundle add showcase_memtrim   # not in the app's bundle"
      text = File.read(File.join(directory, "cable/config.ru"))
      assert_includes text, "  config.mount_path = nil # every path, as the server that was here\n  config.filter_parameters += [:iban, \"pin\"] # as config/initializers/filters.rb:1\n"
      assert_includes here("--write").err, "nothing to write"
    end
  end

  # Turbo's own channel needs none of the app's.
  def test_pages_alone
    in_app("app/channels" => nil) { assert_equal false, JSON.parse(here("--format", "json").out)["turbo_streams"] }
    in_app("app/channels" => nil, "app/views/heats/_live.html.erb" => "<%= turbo_stream_from \"heats\" %>\n", "cable/config.ru" => nil) do
      assert_includes here.out, "Qualifies: Turbo::StreamsChannel can be served without the app."
      assert_equal 0, here("--write").status.exitstatus
      assert_equal "starts\n", served([])
    end
  end

  def test_subscriptions
    {
      nil => "no such file; write it", "development:\n  adapter: async\n" => "has nothing for production", "production: [\n" => "did not find expected node content",
      "production:\n  adapter: nats\n" => "no adapter nats here"
    }.each do |yaml, text|
      in_app("config/cable.yml" => yaml) do
        answer = here
        assert_equal 1, answer.status.exitstatus
        assert_includes answer.out, "Does not start as it is: config/cable.yml."
        assert_match(/^  config\/cable\.yml  .*#{text}/, answer.out)
      end
    end
    in_app("config/cable.yml" => "production:\n  adapter: redis\n  url: <%= ENV.fetch(\"NOT_HERE\") %>\n") do
      answer = here
      assert_equal 0, answer.status.exitstatus
      assert_includes answer.out, 'config/cable.yml  key not found: "NOT_HERE": not set here; the server needs it'
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

  def channel(body, head = nil)
    "#{head}class AChannel < ApplicationCable::Channel\n  #{body}\nend\n"
  end

  # What becomes of the server with this config.require.
  def served(required)
    script = <<~RUBY
      require "bundler/setup"
      $LOAD_PATH.unshift #{File.expand_path("../../lib", __dir__).inspect}
      require "showcase_memtrim/cable"
      ShowcaseMemtrim::Cable.application(root: Dir.pwd) { |config| config.require = #{required.inspect} }
      puts "starts"
    RUBY
    variables = Memtrim::CLEAN.merge("RAILS_ENV" => "production", "RAILS_VERSION" => AppCopy.rails_versions.last)
    Open3.capture2e(variables, RbConfig.ruby, "-e", script, chdir: @directory, unsetenv_others: true).first
  end

  # As #check, in this process.
  def here(*arguments)
    MemtrimHere.run("cable", *arguments, "--app", @directory, "--env", "production")
  end

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
