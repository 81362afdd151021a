# frozen_string_literal: true

require "minitest/autorun"
require "fileutils"
require "json"
require_relative "support/app_copy"
require_relative "support/memtrim"
require_relative "support/traces"
require_relative "support/planted_gems"

# `memtrim trace`: commands of the user's, with gems that wait for their first use.
class TraceTest < Minitest::Test
  GEMS = {
    "lazy" => "module Lazy; def self.to_s = 'lazy'; end",
    "asked" => "module Asked; def self.answer = 42; end", # required by name, in a method
    "tested" => "module Tested; def self.twice(number) = number * 2; end",
    "spare" => "module Spare; end",
    "patcher" => "module Patcher; end\nclass String; def patched = upcase; end",
    "agent" => <<~RUBY
      require "rails"
      module Agent
        def self.report(what) = what
        class Railtie < Rails::Railtie
          initializer("agent") { |app| app.config.middleware.use(Middleware) }
        end
        class Middleware
          def initialize(app) = @app = app
          def call(env) = @app.call(env)
        end
      end
    RUBY
  }.freeze
  FILES = {
    "lib/shop.rb" => <<~RUBY,
      class Shop
        def self.lazy
          Lazy.to_s
        end

        def self.ask
          require "asked"
          Asked.answer
        end

        def self.patched
          "x".patched
        end

        def self.double(number)
          Tested.twice(number)
        end
      end
    RUBY
    "script/use.rb" => "require_relative '../config/environment'\nrequire_relative '../lib/shop'\nputs ARGV.map { |name| Shop.send(name) }.join(' ')\n",
    "test/shop_test.rb" => "require_relative '../config/environment'\nrequire_relative '../lib/shop'\np Tested.twice(2)\np Shop.double(4) if ARGV.any?\n",
    "script/many.rb" => <<~RUBY,
      require_relative "../config/environment"
      require_relative "../lib/shop"
      pids = 4.times.map { fork { Array.new(4) { Thread.new { Shop.lazy } }.each(&:join) } }
      pids.each { |pid| Process.wait(pid) }
      system("ruby", "-e", "require './config/environment'; require './lib/shop'; Shop.ask; system('ruby', '-r./gems/spare/lib/spare', '-e', '1')")
    RUBY
    "script/ends.rb" => "require_relative '../config/environment'\nexit 3 if ARGV.empty?\ntrap('INT') { exit 0 }\nputs 'ready'\n$stdout.flush\nsleep 60\n"
  }.freeze

  def test_first_uses_of_several_commands
    in_an_app do |app|
      first = trace(app, "ruby", "script/use.rb", "lazy", "patched")
      assert_equal [0, "lazy X\n"], [first.status.exitstatus, first.out], first.err
      assert_match(/^  task +lazy +lib\/shop\.rb:3$/, first.err)
      assert_match(/^DEFERRED AND NEVER USED\n  asked, tested, spare$/, first.err)
      assert_match(/^  task +patcher +lib\/shop\.rb:12$/, first.err)
      assert_match(/^  agent: initializer$/, first.err)
      second = trace(app, "ruby", "script/use.rb", "ask")
      assert_equal "42\n", second.out
      assert_match(/its boots are not made again/, second.err)
      merged = shown(app)
      assert_equal ["before", "ruby script/use.rb lazy patched", "ruby script/use.rb ask"], merged["runs"].map { |run| run["command"] }
      assert_equal [true, 0, [nil, 0, 0]], [merged["passed"], merged["stale"], merged["runs"].map { |run| run["status"] }]
      things = merged["things"]
      assert_equal({"lazy" => "deferred", "asked" => "deferred", "tested" => "deferred", "spare" => "deferred", "patcher" => "watched", "agent" => "watched"}, things.slice(*GEMS.keys).transform_values { |thing| thing["how"] })
      assert_equal [["task", "lib/shop.rb", 3, "Lazy", true, "ruby script/use.rb lazy patched"]], things["lazy"]["uses"].map { |use| use.values_at("phase", "file", "line", "constant", "direct", "command") }
      assert_equal "lib/shop.rb:3", things["lazy"]["uses"].first["backtrace"].first
      asked = things["asked"]["uses"].first
      assert_equal ["task", "lib/shop.rb", 7, nil, true], asked.values_at("phase", "file", "line", "constant", "direct")
      assert_equal [], things["spare"]["uses"]
      assert_equal [true, %w[Spare], []], things["spare"]["boots"].values_at("safe", "constants", "reasons")
      assert_includes things["patcher"]["boots"]["reasons"].map { |reason| reason["what"] }.join, "String#patched"
    end
  end

  # What a test uses first may be used by the app, too.
  def test_a_use_by_tests_only_and_one_that_comes_after_it
    in_an_app do |app|
      assert_equal "4\n", trace(app, "ruby", "test/shop_test.rb").out
      assert_equal [["test", "test/shop_test.rb", 3, true]], uses(app, "tested")
      assert_equal "4\n8\n", trace(app, "ruby", "test/shop_test.rb", "more").out
      assert_equal [["test", "test/shop_test.rb", 3, true], ["application", "lib/shop.rb", 16, true]], uses(app, "tested")
    end
  end

  def test_forks_threads_and_other_processes
    in_an_app do |app|
      result = trace(app, "ruby", "script/many.rb")
      assert_equal 0, result.status.exitstatus, result.err
      lines = File.readlines(log(app)).map { |line| JSON.parse(line) }
      assert_equal [4, 4], lines.select { |line| line["gem"] == "lazy" && line["how"] == "deferred" }.then { |all| [all.size, all.map { |line| line["pid"] }.uniq.size] }
      assert_equal ["lib/shop.rb:7"], lines.select { |line| line["gem"] == "asked" }.map { |line| line["caller"] }.uniq
      things = shown(app)["things"]
      assert_equal 1, things["lazy"]["uses"].size
      assert_equal ["unwatched", "a process of ruby script/many.rb had loaded it before it could be watched (ruby -r)"], things["spare"].values_at("how", "why")
    end
  end

  def test_the_commands_end_is_the_end
    in_an_app do |app|
      assert_equal 3, trace(app, "ruby", "script/ends.rb").status.exitstatus
      merged = shown(app)
      assert_equal [[nil, 3], false], [merged["runs"].map { |run| run["status"] }, merged["passed"]]
      assert_equal 0, trace(app, "true").status.exitstatus
      refute shown(app)["passed"], "a command without the app proves nothing"
      missing = trace(app, "bin/nothing")
      assert_equal [127, ["bin/nothing can't be started in #{app}: no such command"]], [missing.status.exitstatus, missing.notes]
      assert_equal 126, trace(app, "config/environment.rb").status.exitstatus
    end
  end

  def test_ctrl_c_is_the_commands_and_the_run_is_broken_off
    in_an_app do |app|
      Dir.mktmpdir do |dir|
        pid = Memtrim.start("trace", "--app", app, "--", "ruby", "script/ends.rb", "wait", dir: dir)
        sleep 0.1 until File.read(File.join(dir, "out")).include?("ready") || Process.wait(pid, Process::WNOHANG)
        Process.kill(:INT, -pid)
        Process.wait(pid)
        assert_equal 0, $?.exitstatus, File.read(File.join(dir, "err"))
        assert_match(/broken off/, File.read(File.join(dir, "err")))
      end
      assert_equal [[nil, nil], false], shown(app).then { |merged| [merged["runs"].map { |run| run["status"] }, merged["passed"]] }
    end
  end

  def test_another_lock_makes_it_stale
    in_an_app do |app|
      lock = File.read(File.join(app, "Gemfile.lock"))
      File.write(File.join(app, "Gemfile.lock"), "#{lock}\n")
      assert_equal [[], 1, {}], shown(app).values_at("runs", "stale", "things")
      assert_equal 0, memtrim("trace", "--clear", app).status.exitstatus
      refute File.exist?(log(app))
      gone = memtrim("trace", "--show", app)
      assert_equal [2, 1], [gone.status.exitstatus, gone.notes.size]
      assert_match(/no trace at .*`memtrim trace -- bin\/rails test` makes one/, gone.notes.first)
    ensure
      File.write(File.join(app, "Gemfile.lock"), lock)
    end
  end

  def test_what_the_app_itself_defers_is_seen_too
    files = {"config/memtrim.yml" => "defer:\n  lazy: [Lazy]\n", "config/application.rb" => "require 'showcase_memtrim/rails'\n"}
    environment = PlantedGems::RAILS.sub(/^require "rails"\n/, "require_relative 'application'\n")
    TraceTest.planted(files, others: ["gem 'showcase_memtrim', path: #{AppCopy::ROOT.inspect}"], environment: environment) do |app|
      trace(app, "ruby", "script/use.rb", "lazy")
      lazy = shown(app)["things"]["lazy"]
      assert_equal "deferred", lazy["how"]
      assert_equal [["task", "lib/shop.rb", 3]], lazy["uses"].map { |use| use.values_at("phase", "file", "line") }
    end
  end

  REFUSED = {
    [] => /trace what\? a command goes behind --, as in: memtrim trace -- bin\/rails test/,
    %w[bin/rails test] => /a command goes behind --, as in: memtrim trace -- bin\/rails test/,
    %w[--show -- true] => /--show and --clear run no command/,
    %w[--show --clear] => /--show or --clear\?/,
    %w[--app /nowhere -- true] => /\/nowhere: no such directory/
  }.freeze

  def test_bad_input_is_one_line
    REFUSED.each do |arguments, says|
      result = Memtrim.run("trace", *arguments)
      assert_equal [2, "", ""], [result.status.exitstatus, result.out, result.other_err]
      assert_equal 1, result.notes.size
      assert_match says, result.notes.first
    end
  end

  def test_an_app_that_does_not_boot
    PlantedGems.in_an_app({"lazy" => "module Lazy; end"}, environment: "raise 'no'") do |app|
      result = trace(app, "true")
      assert_equal 2, result.status.exitstatus
      assert_match(/the app does not boot: RuntimeError: no, in .*config\/environment\.rb:1/, result.notes.last)
      refute File.exist?(log(app))
    end
  end

  def test_without_the_boots
    in_an_app do |app|
      FileUtils.rm_f(log(app))
      result = memtrim("trace", "--no-boots", app, "--", "ruby", "script/use.rb", "lazy")
      assert_equal "lazy\n", result.out, result.err
      assert_equal ["deferred", nil], shown(app)["things"]["spare"].values_at("how", "boots")
    end
  end

  def test_the_tests_of_the_sample_app
    traced = Traces.of("tenant")
    assert_match(/, 0 failures, 0 errors, 0 skips/, traced.result.out)
    assert_predicate traced.result.status, :success?
    things = JSON.parse(Memtrim.run("trace", "--show", "--format", "json", "--app", AppCopy.prepare("tenant"), "-o", traced.file).out)["things"]
    %w[chronic icalendar].each { |name| assert_equal ["deferred", []], things[name].values_at("how", "uses"), name }
    {
      "combine_pdf" => ["request", "app/controllers/packets_controller.rb", 11], "fast_excel" => ["request", "app/views/entries/index.xlsx.erb", 2], "rubyzip" => ["job", "app/jobs/archive_job.rb", 12]
    }.each { |name, use| assert_includes things[name]["uses"].map { |each| each.values_at("phase", "file", "line") }, use, name }
    assert_empty things["aws-sdk-s3"]["uses"].map { |use| use["phase"] } - %w[task test]
    refute_empty things["aws-sdk-s3"]["uses"]
    assert_equal "watched", things["sentry-ruby"]["how"]
    assert_includes things["active_job/railtie"]["uses"].map { |use| use.values_at("phase", "file", "direct") }, ["eager_load", "app/jobs/application_job.rb", true]
    assert_includes things["action_view/railtie"]["uses"].select { |use| use["direct"] }.map { |use| use["phase"] }, "request"
  end

  private

  # One app for all tests that do not change it, with the boots of a first run.
  def in_an_app(&block)
    app = TraceTest.app
    FileUtils.mkdir_p(File.dirname(log(app)))
    File.write(log(app), TraceTest.boots)
    yield app
  end

  class << self
    attr_reader :boots

    def app
      @app ||= File.join(Memtrim::TEMPORARY, "traced").tap do |directory|
        planted { |app| FileUtils.cp_r(app, directory) }
        traced = Memtrim.run("trace", "--app", directory, "--", "true")
        raise traced.err unless traced.status.success?
        # What a run finds out before it starts the command, as if that had been another app's.
        lines = File.readlines(File.join(directory, "tmp/memtrim/trace.jsonl"))
        @boots = lines.first.sub('"command":"true"', '"command":"before"')
      end
    end

    def planted(files = {}, others: [], environment: PlantedGems::RAILS, &block)
      PlantedGems.in_an_app(GEMS, environment: environment, files: {**FILES, **files}, others: ["gem 'railties'", *others], &block)
    end
  end

  def trace(app, *command)
    Memtrim.run("trace", "--app", app, "--", *command, env: {"RAILS_ENV" => nil})
  end

  def memtrim(name, option, app, *rest)
    Memtrim.run(name, option, "--app", app, *rest)
  end

  def shown(app)
    result = Memtrim.run("trace", "--show", "--format", "json", "--app", app)
    assert_predicate result.status, :success?, result.err
    JSON.parse(result.out)
  end

  def uses(app, name)
    shown(app)["things"][name]["uses"].map { |use| use.values_at("phase", "file", "line", "direct") }
  end

  def log(app)
    File.join(app, "tmp/memtrim/trace.jsonl")
  end
end
