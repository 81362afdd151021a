# frozen_string_literal: true

require "minitest/autorun"
require "minitest/mock"
require "open3"
require "rbconfig"
require "tmpdir"
require_relative "support/small_app"
require_relative "../lib/showcase_memtrim/minitest"
require_relative "../lib/showcase_memtrim/guard/shared_boots"
require_relative "../lib/showcase_memtrim/environment"

# What the assertions are made of: boots that a run shares, limits that they decide, and what is said of them.
class AssertionsTest < Minitest::Test
  Guard = ShowcaseMemtrim::Guard
  LIB = File.expand_path("../lib", __dir__)
  MIB = 1 << 20

  # A boot that gives what it is told to.
  class Told
    attr_reader :env, :asked, :parts

    def initialize(directory, figures: {}, parts: nil, recording: nil)
      @env = "production"
      @app = Struct.new(:directory, :gemfile).new(directory, File.join(directory, "Gemfile"))
      @figures = figures.transform_values(&:dup)
      @parts = parts
      @recording = recording
      @asked = []
    end

    attr_reader :app

    def measured(kind, number)
      @asked << "#{kind} #{number}"
      {counted: kind == "counted", figures: {}, **@figures.fetch(kind).fetch(number)}
    end

    def recording
      @asked << "recording"
      @recording or raise Guard::AppBoot::Failed, "no recording here"
    end
  end

  def setup
    super
    @temporary = Dir.mktmpdir("assertions")
    @given, ENV["TMPDIR"] = ENV["TMPDIR"], @temporary
  end

  def teardown
    ENV["TMPDIR"] = @given
    FileUtils.rm_rf(@temporary)
    super
  end

  # -- one boot for all

  def test_forks_and_threads_share_one_boot
    boots = Guard::SharedBoots.new(Guard::Run.new)
    log = File.join(@temporary, "log")
    results = Array.new(3) do |number|
      reader, writer = IO.pipe
      pid = fork do
        values = Array.new(2) { Thread.new { boots.fetch("production.counted.0") { booted(log, number) } } }.map(&:value)
        writer.write(values.uniq.inspect)
        exit!(0)
      end
      writer.close
      [pid, reader]
    end
    said = results.map do |pid, reader|
      Process.wait(pid)
      reader.read
    end
    assert_equal 1, File.readlines(log).size
    assert_equal 1, said.uniq.size, said
    assert_match(/figures/, said.first)
    assert_equal said.first, [boots.fetch("production.counted.0") { flunk }].inspect
  end

  def test_failures_are_shared_too
    boots = Guard::SharedBoots.new(Guard::Run.new)
    2.times { |number| assert_equal({counted: true, error: "no \"such\" file\nat 0", line: "a.rb:1"}, boots.fetch("a") { {counted: true, error: "no \"such\" file\nat #{number}", line: "a.rb:1"} }) }
  end

  def test_a_killed_worker_lets_the_next_one_boot
    boots = Guard::SharedBoots.new(Guard::Run.new)
    reader, writer = IO.pipe
    pid = fork do
      boots.fetch("a") do
        writer.puts "in"
        sleep
      end
    end
    reader.gets
    waiting = Thread.new { boots.fetch("a") { {by: "another"} } }
    sleep 0.1
    Process.kill(:KILL, pid)
    Process.wait(pid)
    assert_equal({by: "another"}, waiting.value)
  end

  def test_two_runs_share_nothing
    first, second = Array.new(2) { Guard::SharedBoots.new(Guard::Run.new) }
    assert_equal [{n: 1}, {n: 2}], [first.fetch("a") { {n: 1} }, second.fetch("a") { {n: 2} }]
  end

  def test_the_directory_goes_with_the_process_that_began_the_run
    program = <<~RUBY
      require "showcase_memtrim/guard"
      ShowcaseMemtrim::Guard.begin_run
      run = ShowcaseMemtrim::Guard::Run.current
      at_exit { run.alone { puts File.directory?(run.directory) } } # as test runners do
      Process.wait(fork { run.alone {} })
      puts File.directory?(run.directory), File.stat(run.directory).mode.to_s(8)
      raise Interrupt if ARGV.any?
    RUBY
    [[], ["interrupted"]].each do |arguments|
      out, = Open3.capture3({"TMPDIR" => @temporary}, RbConfig.ruby, "-I", LIB, "-e", program, *arguments)
      assert_equal %w[true true 40700 true], out.split, "also after a fork's end"
      assert_empty Dir.children(@temporary)
    end
  end

  # As parallel_tests starts them: none is the other's parent.
  def test_processes_of_parallel_tests
    program = <<~RUBY
      require "showcase_memtrim/guard"
      require "showcase_memtrim/guard/shared_boots"
      ShowcaseMemtrim::Guard.begin_run
      $stdin.gets
      puts ShowcaseMemtrim::Guard::SharedBoots.new.fetch("a") { {by: Process.pid} }[:by]
      $stdout.flush
      $stdin.gets
    RUBY
    pids = File.join(@temporary, "pids")
    File.write(pids, "[]")
    all = ["", "2"].map { |number| Open3.popen2({"TMPDIR" => @temporary, "PARALLEL_PID_FILE" => pids, "TEST_ENV_NUMBER" => number}, RbConfig.ruby, "-I", LIB, "-e", program) }
    File.write(pids, all.map { |process| process.last.pid }.inspect)
    all.each { |input, _, _| input.puts }
    booted = all.map { |_, output, _| output.gets }
    assert_equal 1, booted.uniq.size
    end_of(*all.first)
    assert_equal 1, runs.size, "the other one may still want it"
    end_of(*all.last)
    assert_empty runs
  end

  def test_the_directory_of_somebody_else_is_not_used
    run = Guard::Run.new
    File.symlink(@temporary, run.directory)
    error = assert_raises(ShowcaseMemtrim::Error) { run.alone {} }
    assert_match(/is somebody else's: set TMPDIR/, error.message)
  end

  # -- what a boot is

  def test_what_the_tests_process_has_is_not_for_its_boots
    in_an_app do |directory|
      with_env("MEMTRIM_TRACE" => "x", "RACK_ENV" => "test") do
        variables = ShowcaseMemtrim::Environment.stub(:clean, {"RUBYOPT" => "-W:no-deprecated -r ./a -rsimplecov --enable=frozen-string-literal"}) { Guard::InPlace.new(directory).variables }
        assert_equal "-W:no-deprecated --enable=frozen-string-literal", variables["RUBYOPT"]
        assert_equal [true, nil], [variables.key?("MEMTRIM_TRACE"), variables["MEMTRIM_TRACE"]]
        assert_equal({"RAILS_ENV" => "staging", "RACK_ENV" => "staging", "SECRET_KEY_BASE_DUMMY" => "1"}, ShowcaseMemtrim::Environment.of_rails("staging"))
      end
    end
  end

  def test_where_there_is_no_app
    {
      {"config/environment.rb" => nil} => /\Ano Rails app in .+: config\/environment\.rb is missing\z/,
      {"Gemfile" => nil} => /\Ano Gemfile in /, {"Gemfile.lock" => nil} => /\Ano Gemfile\.lock: run `bundle install`\z/
    }.each do |files, message|
      in_an_app(files) { |directory| assert_match message, assert_raises(ShowcaseMemtrim::Error) { Guard::InPlace.new(directory) }.message }
    end
  end

  def test_environments_that_the_app_does_not_have
    in_an_app("config/environments/production.rb" => "") do |directory|
      {"prodction" => "no config/environments/prodction.rb; did you mean production?", "../x" => '"../x" is no environment\'s name', "" => '"" is no environment\'s name'}.each do |env, message|
        assert_equal message, assert_raises(ShowcaseMemtrim::Error) { Guard::AppBoot.of(env, directory: directory) }.message
      end
      assert_equal "production", Guard::AppBoot.of(:production, directory: directory).env
    end
  end

  # -- limits

  def test_one_boot_decides_what_is_clearly_below
    limits, boot = limits("rss", "150 MB", "counted" => [{figures: {held_bytes: 70 * MIB, about_rss_bytes: 118 * MIB}}])
    assert limits.met?
    assert_equal ["counted 0"], boot.asked
  end

  # The first boot had to compile: it says too much, if it says so at all.
  def test_a_cold_boot_condemns_nobody
    cold, warm = {cold: true, figures: {held_bytes: 82 * MIB}}, {cold: false, figures: {held_bytes: 70 * MIB}}
    limits, boot = limits("held", "100 MB", "counted" => [cold])
    assert_equal [true, ["counted 0"]], [limits.met?, boot.asked]
    limits, boot = limits("held", "75 MB", "counted" => [cold, warm])
    assert_equal [true, ["counted 0", "counted 1"]], [limits.met?, boot.asked]
  end

  def test_too_close_to_tell_passes_with_one_line
    around = [119.0, 121.0, 119.5, 120.5, 119.2, 120.9, 119.6, 120.4].map { |size| {figures: {rss_bytes: size * MIB}} }
    figures = {"counted" => [{figures: {held_bytes: 70 * MIB, about_rss_bytes: 122 * MIB}}], "resident" => around}
    _, said = capture_io do
      2.times do
        limits, boot = limits("rss", "120 MB", figures)
        assert limits.met?
        assert_equal 9, boot.asked.size
      end
    end
    assert_match(/\Amemtrim: test\/x\.rb:1: rss: 120\.0 MiB in 8 boots \(\d+\.\d MiB to \d+\.\d MiB\) is too close to the limit of 120\.0 MiB to tell: passed\. A limit for held bytes is exact\n\z/, said)
  end

  def test_no_limits
    {
      ["rss", 0] => /\A0 is no size to stay below/, ["anon", "-3 MB"] => /\A-3 MB is no size to stay below/, ["held", "abc"] => /\Aabc is no size; write it as in "150 MB"/,
      ["seconds", -1] => /\A-1 is no time to stay below; write seconds above 0, as in 4\.5\z/, ["seconds", "soon"] => /\A"soon" is no time/, ["seconds", nil] => /\Anil is no time/,
      ["pss", 1] => /\A"pss" is nothing that is measured; a limit is one of rss, anon, held, seconds\z/
    }.each do |(measure, limit), message|
      assert_match message, assert_raises(ShowcaseMemtrim::Error) { Guard::Limits.one(Told.new(@temporary), measure, limit, nil) }.message
    end
    assert_match(/\Athe app has no budget: /, assert_raises(ShowcaseMemtrim::Error) { Guard::Limits.of_app(Told.new(@temporary)) }.message)
  end

  # -- railties and gems

  STATES = [
    {name: "active_record/railtie", state: "listed", by: nil}, {name: "action_view/railtie", state: "brought in", by: "actionpack 7.2.4 (lib/action_controller/railtie.rb:10)"},
    {name: "action_mailer/railtie", state: "left out", by: nil}, {name: "action_cable/engine", state: "absent", by: nil}
  ].freeze

  def test_railties
    railties = ->(*names, list: "rails/all") { Guard::LoadedRailties.new(told(list: list), names) }
    assert railties.call("active_record/railtie", "action_view/railtie").met?
    assert railties.call("action_mailer/railtie", "action_cable/engine").unmet?
    brought = railties.call("action_mailer/railtie", "action_view/railtie")
    refute brought.met?
    refute brought.unmet?
    assert_equal "action_mailer/railtie is not loaded in production: config/application.rb:2 leaves it out. Put it in the list, or do without it here", brought.message
    assert_equal "action_view/railtie is loaded in production: brought in by actionpack 7.2.4 (lib/action_controller/railtie.rb:10). Do without what brings it in", brought.opposite_message
    assert_match(/config\/application\.rb:2 has all of rails\/all\. List those that the app needs/, railties.call("active_record/railtie").opposite_message)
    assert_match(/: config\/application\.rb:3 lists it\. Delete that line\z/, railties.call("active_record/railtie", list: "config/application.rb").opposite_message)
    assert_match(/: config\/memtrim\.yml:2 lists it\. Delete that line\z/, railties.call("active_record/railtie", list: "config/memtrim.yml").opposite_message)
    assert_match(/: config\/memtrim\.yml:1 leaves it out\./, railties.call("action_mailer/railtie", list: "config/memtrim.yml").message)
    assert_equal "active_rcord/railtie is no railtie of Rails 7.2.4, or its gem is not in the bundle; did you mean active_record/railtie?",
      assert_raises(ShowcaseMemtrim::Error) { railties.call("active_rcord/railtie").met? }.message
    assert_raises(ShowcaseMemtrim::Error) { railties.call }
  end

  def test_deferred_gems
    entry = {name: "geocoder", line: 4, waits: true, loaded: false, by: nil, dead: []}
    reason = ->(file: nil, none: false, **changes) { Guard::DeferredGem.new(told(file: file, deferred: none ? nil : [entry.merge(changes)]), "geocoder").then { |gem| gem.met? ? nil : gem.message } }
    assert_nil reason.call
    {
      {none: true} => "config/application.rb requires no showcase_memtrim/rails, or there is no config/memtrim.yml; `memtrim defer geocoder --write` puts it there",
      {name: "other"} => "config/memtrim.yml does not name it below defer:; `memtrim defer geocoder --write` puts it there",
      {waits: false} => "its group is not loaded there, so config/memtrim.yml:4 has no effect",
      {loaded: true, by: "config/initializers/geocoder.rb:3"} => "config/memtrim.yml:4 defers it, and config/initializers/geocoder.rb:3 loads it at boot all the same",
      {file: "lib/geocoder/version2.rb"} => "config/memtrim.yml:4 defers it, and a file of it is loaded at boot all the same (lib/geocoder/version2.rb); memtrim explain geocoder says by whom",
      {dead: ["Geocoder"]} => "config/memtrim.yml:4: Geocoder would not load it; somebody else defines or removes that constant"
    }.each { |changes, message| assert_equal "geocoder is not deferred in production: #{message}", reason.call(**changes) }
  end

  # Without a recording the message does without who asked for it.
  def test_gems
    loaded = Guard::LoadedGem.new(told(file: "lib/geocoder.rb"), "geocoder")
    assert loaded.met?
    assert_equal "geocoder 1.8.6 was loaded at boot in production (lib/geocoder.rb)\nedit    Gemfile:2: add `require: false`, or defer it: memtrim defer geocoder", loaded.opposite_message
    waiting = Guard::LoadedGem.new(told, "geocoder")
    assert waiting.unmet?
    assert_equal "geocoder 1.8.6 is in the bundle, and no file of it was loaded at boot in production\nedit    Gemfile:2", waiting.message
    assert_equal "no gem geocodr in the bundle; did you mean geocoder?", assert_raises(ShowcaseMemtrim::Error) { Guard::LoadedGem.new(told, "geocodr").met? }.message
  end

  # -- platforms

  def test_where_memory_can_not_be_measured_its_tests_are_skipped
    in_an_app do |directory|
      Guard::AppBoot.stub(:unmeasurable, "memory is measured on Linux only, and this is arm64-darwin") do
        Guard::AppBoot.stub(:root, directory) do
          [[:assert_boot_rss_below, "1 MB"], [:assert_boot_held_below, 1]].each do |assertion, limit|
            skipped = assert_raises(Minitest::Skip) { public_send(assertion, limit) }
            assert_equal "memory is measured on Linux only, and this is arm64-darwin", skipped.message
          end
          error = assert_raises(ArgumentError) { assert_boot_rss_below(0) }
          assert_match(/\A#{__FILE__}/, error.backtrace.first)
        end
      end
    end
  end

  private

  def booted(log, number)
    File.write(log, "booted\n", mode: "a")
    sleep 0.2
    {counted: true, figures: {held_bytes: number}}
  end

  def runs
    Dir.children(@temporary).grep(/\Amemtrim-run-/)
  end

  def end_of(input, output, thread)
    input.puts
    thread.value
    [input, output].each(&:close)
  end

  def limits(measure, limit, figures)
    boot = Told.new(@temporary, figures: figures)
    [Guard::Limits.one(boot, measure, limit, "test/x.rb:1"), boot]
  end

  def told(list: "rails/all", file: nil, deferred: nil)
    {
      "Gemfile" => "gem 'rails'\ngem 'geocoder'\n", "config/memtrim.yml" => "railties:\n  - active_record/railtie\n",
      "config/application.rb" => "# nothing\nrequire \"rails/all\"\nrequire \"active_record/railtie\"\n"
    }.each do |path, content|
      FileUtils.mkdir_p(File.dirname(File.join(@temporary, path)))
      File.write(File.join(@temporary, path), content)
    end
    gems = [{name: "railties", version: "7.2.4", file: "lib/rails.rb"}, {name: "geocoder", version: "1.8.6", file: file}]
    Told.new(@temporary, parts: {list: list, railties: STATES, gems: gems, deferred: deferred})
  end

  def in_an_app(files = {}, &block)
    SmallApp.with({"Gemfile" => "", "Gemfile.lock" => "", "config/environment.rb" => "", **files}, &block)
  end

  def with_env(variables)
    before = variables.keys.to_h { |name| [name, ENV[name]] }
    ENV.update(variables)
    yield
  ensure
    ENV.update(before)
  end
end
