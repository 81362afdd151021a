# frozen_string_literal: true

require "minitest/autorun"
require "json"
require "json_schemer"
require_relative "support/memtrim_here"
require_relative "support/rack_app"

# `memtrim doctor --measure`: what the edits are really worth.
class DoctorMeasureTest < Minitest::Test
  # Slots that the heap begins with, by the name that this Ruby knows: 80 MB of them, which nothing needs. Ruby 3.3 and newer
  # only make them as they are needed, but make no fewer then.
  AT_ONCE = RUBY_VERSION < "3.3"
  SLOTS = (RUBY_VERSION >= "3.3") ? "RUBY_GC_HEAP_0_INIT_SLOTS" : "RUBY_GC_HEAP_INIT_SLOTS"
  FILES = {
    "config/application.rb" => "", "config/puma.rb" => "threads 4, 4\n", "config/environments/production.rb" => "Rails.application.configure { config.log_level = :info }\n",
    "Procfile" => "web: #{SLOTS}=2000000 MALLOC_ARENA_MAX=2 bundle exec puma\nsync: ruby script/sync.rb\n",
    "script/sync.rb" => "require \"nio\"\nrequire \"puma\"\nputs NIO::VERSION\nloop { sleep 60; puts Puma::Const::PUMA_VERSION }\n"
  }.freeze

  def test_what_is_worth_it_and_what_is_not
    RackApp.with(FILES) do |app|
      answer = JSON.parse(doctor(app, "--requests", "/", "--count", "10", "--minutes", "0.6", "--format", "json").out)
      schema = JSONSchemer.schema(JSON.parse(File.read(File.expand_path("../docs/schema/doctor.json", __dir__))))
      assert_equal [], schema.validate(answer).take(5).map { |error| error["error"] }
      stakes = answer["findings"].to_h { |finding| [[finding["rule"], finding["line"]], finding["stake"]] }
      slots = stakes.fetch(["gc_environment", 1])
      least = AT_ONCE ? 40_000_000 : 500_000
      assert_operator slots["saved_bytes"], :>, least, "the app as it is has what its Procfile sets"
      assert_operator slots["interval"].first, :<, slots["saved_bytes"]
      assert_kind_of Float, slots.dig("request_cpu", "change")
      assert_operator stakes.fetch(["puma_threads", 1])["saved_bytes"].abs, :<, 20_000_000
    end
  end

  def test_what_it_says
    RackApp.with(FILES) do |app|
      result = doctor(app, "--minutes", "0.4")
      figure = /(?:\d+\.\d MiB of anon (?:less|MORE) \(|0: leave it, as far as memory goes \(|not told apart from 0 \()−?\d+\.\d to −?\d+\.\d/
      assert_equal result.out.scan(/^    why /).size, result.out.scan(/^    stake   (?:#{figure}|not measured: )/).size
      assert_match(/^    stake   \d+\.\d MiB of anon less \(/, result.out) if AT_ONCE
      assert_match(/--requests names paths/, result.err)
      assert_match(/\nnext: memtrim tune .*\n\z/, result.out)
      refute_match(/--measure/, result.out)
      before = Dir.glob("**/*", base: app)
      assert_equal before, Dir.glob("**/*", base: app)
    end
  end

  def test_bad_input
    {["--requests", "/"] => /--requests goes with --measure/, ["--minutes", "1"] => /--minutes goes with --measure/}.each do |arguments, message|
      RackApp.with(FILES) do |app|
        result = Memtrim.run("doctor", "--app", app, *arguments)
        assert_equal [2, ""], [result.status.exitstatus, result.out]
        assert_match message, result.err
      end
    end
    RackApp.with(FILES.merge("config/environment.rb" => "raise 'no database'\n")) do |app|
      result = doctor(app, "--minutes", "0.2")
      assert_equal [2, ""], [result.status.exitstatus, result.out]
      assert_match(/no database/, result.err.lines.last)
    end
  end

  private

  def doctor(app, *arguments)
    Memtrim.run("doctor", "--app", app, "--measure", *arguments)
  end
end
