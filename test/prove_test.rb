# frozen_string_literal: true

require "minitest/autorun"
require "json"
require "yaml"
require_relative "support/clean_exit"
require_relative "support/program"
require_relative "support/small_app"

# `memtrim prove`: what it finds, and how it ends with apps that misbehave.
class ProveTest < Minitest::Test
  # Gems of the app's own, required by Bundler: 2 MB that stay, garbage, one that everything needs.
  GEMS = {
    "ballast" => "BALLAST = Array.new(20) { 'x' * 100_000 }",
    "litter" => "module Litter; end; 200.times { 'x' * 100_000 }; 200_000.times { Object.new }",
    "needed" => "module Needed; end"
  }.freeze
  BOOT = "require 'bundler'\nBundler.require(:default)\nNeeded\n"

  def setup
    @cache = Dir.mktmpdir("memtrim-cache")
  end

  def teardown
    FileUtils.rm_rf(@cache)
  end

  def test_held_savings_are_exact
    results = nil
    with_gems { |app| results = json("--app", app, "--held") }
    rows = results["results"].to_h { |row| [row["name"], row] }
    assert_in_delta 2_000_000, rows["ballast"]["held_saved_bytes"], 30_000
    assert_in_delta 0, rows["litter"]["held_saved_bytes"], 30_000
    assert_equal [true, true, false], rows.values_at("ballast", "litter", "needed").map { |row| row["boots"] }
    assert_match(/NameError: uninitialized constant Needed/, rows["needed"]["error"])
    assert_equal "config/environment.rb:3", rows["needed"]["line"]
    assert_equal %w[ballast litter], results["together"]["members"].sort
    assert_in_delta 2_000_000, results["together"]["held_saved_bytes"], 60_000
  end

  def test_resident_savings_have_intervals
    results = nil
    with_gems { |app| results = json("--app", app, "ballast") }
    row = results["results"].fetch(0)
    low, high = row["anon_interval"]
    assert_operator low, :<, high
    # One time in twenty, what is so is outside; twice as wide, hardly ever.
    assert_in_delta 2_000_000, (low + high) / 2, high - low
    assert_operator row["trials"], :>=, 8
  end

  def test_the_second_time_says_what_it_has_kept
    with_gems do |app|
      first, second = Array.new(2) { json("--app", app, "--held", "ballast") }
      assert_equal 0, first["results"][0]["kept_trials"]
      assert_equal second["results"][0]["trials"], second["results"][0]["kept_trials"]
      assert_equal first["results"][0]["held_saved_bytes"], second["results"][0]["held_saved_bytes"]
      assert_match(/kept from/, run_prove("--app", app, "--held", "ballast").out)
      File.write(File.join(app, "config/environment.rb"), BOOT + "1\n")
      assert_equal 0, json("--app", app, "--held", "ballast")["results"][0]["kept_trials"]
    end
  end

  def test_other_ways_to_boot
    environment = "#{BOOT}ROOM = 'x' * Integer(ENV.fetch('ROOM', 1_000_000))\n"
    with_gems("config/environment.rb" => environment) do |app|
      row = json("--app", app, "--held", "--variable", "ROOM=400000", "litter")["results"].find { |each| each["kind"] == "variable" }
      assert_in_delta 600_000, row["held_saved_bytes"], 30_000
    end
  end

  def test_a_revision_and_another_checkout
    more = "#{BOOT}ROOM = 'x' * 1_000_000\n"
    with_gems do |app|
      git = {"GIT_AUTHOR_NAME" => "x", "GIT_AUTHOR_EMAIL" => "x@x", "GIT_COMMITTER_NAME" => "x", "GIT_COMMITTER_EMAIL" => "x@x", "GIT_CONFIG_GLOBAL" => "/dev/null"}
      [%w[git init -q], %w[git add .], %w[git commit -qm before]].each { |command| assert_predicate Memtrim.run_command(*command, chdir: app, env: git).status, :success? }
      File.write(File.join(app, "config/environment.rb"), more)
      with_gems do |other|
        trials = Array.new(2) do
          result = json("--app", app, "--held", "--revision", "HEAD", "--checkout", other, "litter")
          saved = result["results"].select { |row| row["kind"] == "checkout" }.map { |row| row["held_saved_bytes"] }
          assert_equal 2, saved.size
          saved.each { |bytes| assert_in_delta 1_000_000, bytes, 30_000 }
          result.values_at("trials", "kept_trials")
        end
        assert_equal [0, trials.last.first], trials.map(&:last), "the second run has the trials of the first"
        File.write(File.join(other, "config/environment.rb"), "#{BOOT}ROOM = 'x' * 400_000\n")
        changed = json("--app", app, "--held", "--checkout", other, "litter")["results"].find { |row| row["kind"] == "checkout" }
        assert_in_delta 600_000, changed["held_saved_bytes"], 30_000
      end
      result = run_prove("--app", app, "--held", "--revision", "nowhere", "litter")
      assert_equal 2, result.status.exitstatus
      assert_match(/nowhere/, result.notes.last)
      assert_empty Dir.children(Memtrim::TEMPORARY).grep(/memtrim-/)
    end
  end

  def test_a_rails_setting
    row = json("--app", AppCopy.prepare("api"), "--held", "--setting", "eager_load=true", "jwt")["results"].find { |each| each["kind"] == "setting" }
    assert_operator row["held_saved_bytes"], :<, -2_000_000
  end

  def test_a_program_in_place_of_the_boot
    program = "require 'bundler/setup'\nrequire_relative '../config/environment'\nROOM = 'x' * 300_000 if defined?(BALLAST)\n"
    with_gems("bin/work" => program) do |app|
      result = json("--app", app, "--held", "--command", "#{RbConfig.ruby} bin/work", "ballast", "needed")
      assert_equal "command", result["after"]
      rows = result["results"].to_h { |row| [row["name"], row] }
      assert_in_delta 2_300_000, rows["ballast"]["held_saved_bytes"], 30_000
      assert_match(/NameError: uninitialized constant Needed/, rows["needed"]["error"])
      failing = run_prove("--app", app, "--held", "--command", "#{RbConfig.ruby} -e 'exit 3'", "ballast")
      assert_equal 2, failing.status.exitstatus
      assert_match(/nothing can be proved of this app: it ended with status 3/, failing.notes.last)
    end
  end

  def test_the_app_is_untouched
    environment = "#{BOOT}File.write('log/production.log', 'x')\nFile.write('tmp/x', 'x')\nFile.write('storage/production.sqlite3', 'x')\n"
    with_gems("config/environment.rb" => environment, "log/production.log" => "mine", "tmp/.keep" => "", "storage/production.sqlite3" => "SQLite format 3\0") do |app|
      before = content(app)
      json("--app", app, "--held", "litter")
      assert_equal before, content(app)
    end
  end

  # Each has a clear end, in bounded time, and leaves nothing.
  {
    "fails" => ["nil.fail_here", /the app does not boot: NoMethodError.*config\/environment\.rb:1/],
    "has a syntax error" => ["def x(", /the app does not boot: SyntaxError.*config\/environment\.rb:1/],
    "hangs" => ["sleep", /not booted within 2 s.*config\/environment\.rb:1/],
    "hangs and does not listen" => ["trap('TERM') {}\nloop { sleep 1 }", /not booted within 2 s/],
    "exits early" => ["exit", /ended its process with status 0 before it was booted, in config\/environment\.rb:1/],
    "exits at once" => ["puts 'so long'\n$stdout.flush\nexit!(0)", /the process ended with status 0 before the app was booted; its last line: so long/],
    "becomes another program" => ["exec 'true'", /ended with status 0 before the app was booted/],
    "is killed" => ["Process.kill(:KILL, $$)\nsleep", /was killed by SIGKILL before the app was booted/],
    "wants a database that is absent" => ["require 'socket'\nTCPSocket.new('127.0.0.1', 1)", /does not boot: Errno::ECONNREFUSED.*config\/environment\.rb:2/]
  }.each do |what, (code, message)|
    define_method(:"test_an_app_that_#{what.tr(" ", "_")}") do
      SmallApp.with("Gemfile.lock" => Program::LOCK, "config/environment.rb" => code) do |app|
        started = now
        result = run_prove("--app", app, "--timeout", what.start_with?("hangs") ? "2" : "60")
        assert_equal [2, ""], [result.status.exitstatus, result.out]
        assert_match message, result.notes.last
        assert_equal 1, result.notes.size, result.err
        assert_operator now - started, :<, 30
      end
    end
  end

  def test_an_app_that_boots_only_sometimes
    Dir.mktmpdir do |dir|
      code = "#{BOOT}File.open('#{dir}/boots', 'a') { |file| file.puts }\nraise 'unlucky' if File.readlines('#{dir}/boots').size % 3 == 0\n"
      with_gems("config/environment.rb" => code) do |app|
        result = run_prove("--app", app, "--held")
        assert_equal [2, ""], [result.status.exitstatus, result.out]
        assert_match(/boots only sometimes: \d+ of \d+ boots failed: RuntimeError: unlucky/, result.notes.last)
      end
    end
  end

  def test_an_app_that_forks_and_leaves_daemons
    mark = "memtrim-test-#{Process.pid}-#{rand(1 << 32)}"
    code = "#{BOOT}fork { $0 = '#{mark}'; sleep }\nfork { Process.setsid; fork { $0 = '#{mark}'; sleep } }\nsleep 0.1"
    with_gems("config/environment.rb" => code) do |app|
      assert_in_delta 2_000_000, json("--app", app, "--held", "ballast")["results"][0]["held_saved_bytes"], 30_000
    end
    assert_empty `pgrep -f #{mark}`
  end

  def test_an_app_that_prints_megabytes
    with_gems("config/environment.rb" => "#{BOOT}500.times { puts 'x' * 20_000; warn 'y' * 1000 }") do |app|
      assert_in_delta 2_000_000, json("--app", app, "--held", "ballast")["results"][0]["held_saved_bytes"], 30_000
    end
  end

  def test_ctrl_c_leaves_nothing_but_what_was_measured
    mark = "memtrim-test-#{Process.pid}-#{rand(1 << 32)}"
    with_gems("config/environment.rb" => "$0 = '#{mark}'\n#{BOOT}sleep 0.3") do |app|
      Dir.mktmpdir do |dir|
        pid = Memtrim.start("prove", "--app", app, dir: dir, env: {"XDG_CACHE_HOME" => @cache})
        sleep 0.1 until Dir[File.join(@cache, "**/*.jsonl")].any? { |file| File.readlines(file).size > 3 }
        Process.kill(:INT, pid)
        _, status = Process.wait2(pid)
        assert_equal 130, status.exitstatus
        assert_match(/stopped by (SIGINT|Interrupt)/, File.read(File.join(dir, "err")))
        assert_empty `pgrep -f #{mark}`
        assert_empty Dir.children(Memtrim::TEMPORARY).grep(/memtrim/)
      end
      assert_operator json("--app", app, "--held")["results"].sum { |row| row["kept_trials"] }, :>, 0
    end
  end

  # Two that hold, one that the boot needs, one that only the check needs, one that works unasked, one without a constant.
  def test_the_smallest_configuration
    gems = {
      "lazy" => "module Lazy; def self.answer = 42; end",
      "broken" => "module Broken; end\nBROKEN = Object.new",
      "unasked" => "class String; def unasked = 1; end\nmodule Unasked; end",
      "nameless" => "$nameless = 1",
      "starter" => "module Starter; end\n$started = true"
    }
    environment = "#{BOOT}raise 'not started' unless $started\n"
    check = <<~RUBY
      require "bundler/setup"
      require_relative "config/environment"
      abort "no answer" unless Lazy.answer == 42
      abort "NoMethodError: broken" unless $LOADED_FEATURES.any? { |feature| feature.end_with?("broken.rb") }
    RUBY
    with_gems({"check.rb" => check, "config/environment.rb" => environment}, gems) do |app|
      arguments = ["--app", app, "--held", "--minimal", "--check", "#{RbConfig.ruby} check.rb"]
      found = json(*arguments)
      assert_equal({"ballast" => ["BALLAST"], "lazy" => ["Lazy"], "litter" => ["Litter"]}, found["defer"])
      assert_empty found["loaded_anyway"]
      kept = found["kept"].to_h { |each| each.values_at("name", "why") }
      assert_equal %w[broken nameless needed starter unasked], kept.keys.sort
      assert_equal "Needed is used at boot (config/environment.rb:3)", kept["needed"]
      assert_match(/without it, the boot fails: RuntimeError: not started \(config\/environment\.rb:4\)/, kept["starter"])
      assert_match(/without it, the check fails: .*NoMethodError: broken/, kept["broken"])
      assert_equal "adds the method String#unasked (gems/unasked/lib/unasked.rb:1)", kept["unasked"]
      assert_match(/no constant of its own/, kept["nameless"])
      assert_in_delta 2_000_000, found["held_saved_bytes"], 60_000
      text = run_prove(*arguments).out
      assert_equal found["defer"], YAML.safe_load(text)["defer"]
      assert_equal [], YAML.safe_load(text)["railties"]
    end
  end

  def test_a_check_that_fails_anyhow
    with_gems do |app|
      result = run_prove("--app", app, "--held", "--minimal", "--check", "echo 'SomeError: as ever'; exit 3")
      assert_equal [2, ""], [result.status.exitstatus, result.out]
      assert_match(/fails with nothing left out: SomeError: as ever/, result.notes.last)
    end
  end

  def test_requests_to_the_apps_own_puma
    app = AppCopy.prepare("api")
    told = json("--app", app, "--after", "load", "--count", "5", "--minutes", "0.01", "httparty")
    assert_equal "load", told["after"]
    row = told["results"].fetch(0)
    assert_equal "httparty", row["name"]
    assert_operator row["held_saved_bytes"], :>, 100_000
    assert_operator told["baseline"]["free_slots"], :>, 0
    result = run_prove("--app", app, "--held", "--after", "requests", "--requests", "/no/such/path", "httparty")
    assert_equal 2, result.status.exitstatus
    assert_match(%r{GET /no/such/path answered 404}, result.notes.last)
  end

  def test_bad_input
    with_gems do |app|
      {
        ["balast"] => /balast is no gem that Bundler\.require requires here.*did you mean ballast\?/,
        ["--check", "true"] => /--check goes with --minimal/,
        ["--minimal", "ballast"] => /--minimal looks at everything/,
        ["--setting", "eager_load"] => /--setting wants NAME=VALUE, not eager_load/,
        ["--preload", "/no/such.so"] => %r{/no/such\.so: no such library},
        ["--after", "lunch"] => /lunch/,
        ["--minutes", "soon"] => /soon/,
        ["--app", "/no/such"] => %r{/no/such: no such directory}
      }.each do |arguments, message|
        result = run_prove("--app", app, *arguments)
        assert_equal [2, ""], [result.status.exitstatus, result.out], arguments.inspect
        assert_match message, result.notes.last
      end
    end
  end

  def test_an_app_without_a_lock
    SmallApp.with do |app|
      result = run_prove("--app", app)
      assert_equal [2, ""], [result.status.exitstatus, result.out]
      assert_match(/no Gemfile\.lock: run `bundle install` in/, result.notes.last)
      refute_path_exists File.join(app, "Gemfile.lock")
    end
  end

  private

  def with_gems(files = {}, more = {}, &block)
    all = GEMS.merge(more)
    gems = all.flat_map do |name, code|
      spec = "Gem::Specification.new { |spec| spec.name = '#{name}'; spec.version = '1'; spec.authors = ['x']; spec.summary = 'x'; spec.files = ['lib/#{name}.rb'] }"
      [["gems/#{name}/#{name}.gemspec", spec], ["gems/#{name}/lib/#{name}.rb", code]]
    end
    gemfile = all.keys.map { |name| "gem '#{name}', path: 'gems/#{name}'\n" }.join
    SmallApp.with({"Gemfile" => gemfile, "config/environment.rb" => BOOT, **gems.to_h, **files}) do |app|
      Memtrim.run_command("bundle", "install", "--quiet", "--local", chdir: app)
      block.call(app)
    end
  end

  def run_prove(*arguments)
    Memtrim.run("prove", *arguments, env: {"XDG_CACHE_HOME" => @cache})
  end

  def json(*arguments)
    result = run_prove(*arguments, "--format", "json")
    assert_equal 0, result.status.exitstatus, result.err
    JSON.parse(result.out)
  end

  def content(app)
    Dir.glob("**/*", File::FNM_DOTMATCH, base: app).select { |path| File.file?(File.join(app, path)) }.to_h do |path|
      [path, [File.binread(File.join(app, path)), File.mtime(File.join(app, path))]]
    end
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
