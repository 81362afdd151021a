# frozen_string_literal: true

require "minitest/autorun"
require "json"
require "json_schemer"
require_relative "../bench/support/jemalloc"
require_relative "support/clean_exit"
require_relative "support/memtrim_here"
require_relative "support/rack_app"

# `memtrim tune`: what it finds, and how it ends where there is nothing to find.
class TuneTest < Minitest::Test
  include CleanExit

  # What the app holds is its environment's, so what helps is known; and with one variable it does not work.
  APP = <<~RUBY
    HELD = "x" * Integer(ENV.fetch("HELD", 40_000_000))
    run lambda { |env|
      Array.new(2_000) { "x" * 100 }
      [ENV.key?("BROKEN") ? 500 : 200, {"content-type" => "text/plain"}, ["fine"]]
    }
  RUBY

  def test_what_helps_is_found_and_confirmed
    RackApp.with("config.ru" => APP, "config/puma.rb" => "threads 2, 2\n") do |app|
      # It ends when that is clear, long before its time is up.
      others = "allocator,thresholds,cache,decay,pages,free_slots,growth,malloc_limit,oldmalloc_limit,old_objects"
      answer = tune(app, "--minutes", "4", "--cpu", "300", "--requests", "/", "--try", "HELD=1000", "--try", "BROKEN=1", "--skip", others)
      assert_valid answer
      stock, *others = answer["candidates"]
      assert_equal ["as it is", 2, ["/"], 20], [stock["name"], *answer.values_at("threads", "requests", "count")]
      broken = others.find { |row| row["name"] == "BROKEN=1" }
      assert_equal ["GET / answered 500", nil, false], broken.values_at("error", "anon_change", "pareto")
      refute(others.any? { |row| row["name"].match?(/BROKEN=1,|, BROKEN=1/) }, "what fails is not combined")
      winner = answer["candidates"].fetch(answer["winner"])
      assert_equal ["confirmed", "1000"], [answer["verdict"], winner.dig("variables", "HELD")]
      assert_operator answer.dig("confirmation", "anon_saved_bytes"), :>, 30_000_000
      assert_operator answer.dig("confirmation", "anon_interval").first, :>, 0
      assert_includes answer.dig("lines", "environment"), "HELD=1000"
      assert_operator answer["seconds"], :<, 240
      assert_operator stock["p50_seconds"], :<=, stock["p99_seconds"]
      assert_equal stock["trials"] + others.sum { |row| row["trials"] }, answer["trials"]
    end
  end

  # Memory and latencies are of requests on all threads; CPU is of these and of the same requests one at a time, since threads
  # that share cores slow each other down by chance. The very first process, which only fills caches, has none of these.
  def test_cpu_is_of_requests_at_once_and_one_at_a_time
    app = <<~RUBY
      FIRST = !File.exist?("started")
      File.write("started", "")
      LOCK = Mutex.new
      served = at_once = 0
      run lambda { |_|
        number, together = LOCK.synchronize { [served += 1, at_once += 1] }
        begin
          till = Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID) + 0.03
          nil until number > 20 || Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID) > till
          HELD << "x" * 5_000_000 if number == 21 && !FIRST
          wrong = number > 40 || (number > 20 && together > 1)
          [(wrong && !FIRST) ? 500 : 200, {}, ["fine"]]
        ensure
          LOCK.synchronize { at_once -= 1 }
        end
      }
    RUBY
    RackApp.with("config.ru" => "HELD = []\n#{app}", "config/puma.rb" => "threads 2, 2\n") do |directory|
      stock, *others = tune(directory, "--minutes", "0.3", "--requests", "/", "--skip", "allocator")["candidates"]
      assert(others.any? { |row| row["trials"].positive? } && others.all? { |row| row["error"].nil? }, others.to_s)
      assert_includes 0.015..0.025, stock["cpu_seconds_per_request"], "half of them take 0.03"
      assert_operator stock["p50_seconds"], :>=, 0.03
      assert_operator stock["anon_bytes"] - stock["started_anon_bytes"], :<, 5_000_000
    end
  end

  # One of Rails, with an allocator of its own where there is one.
  def test_a_rails_app
    library = Jemalloc.library
    answer = tune(AppCopy.prepare("api"), "--minutes", "0.4", "--count", "5", "--requests", "/up", *(["--preload", library] if library))
    assert_equal [library ? "jemalloc" : ShowcaseMemtrim::Recorder.allocator, AppCopy.rails_versions.last], [answer.dig("environment", "allocator"), answer.dig("environment", "rails")[/\A\d+\.\d+/]]
    assert_operator answer["candidates"][0]["anon_bytes"], :>, answer["candidates"][0]["started_anon_bytes"] / 2
    assert(answer["candidates"].drop(1).all? { |row| row["error"].nil? }, answer["candidates"].to_s)
    assert_valid answer
  end

  # By default only what is harmless is requested, and that is said.
  def test_a_table_and_a_plot
    RackApp.with("config.ru" => APP) do |app|
      result = Memtrim.run("tune", "--app", app, "--minutes", "0.1", "--count", "5", "--try", "HELD=1000", "--variable", "RUBY_GC_HEAP_GROWTH_FACTOR=1.5")
      assert_equal 0, result.status.exitstatus, result.err
      assert_match(/only the health check is requested.*--requests/, result.notes.first)
      assert_match(%r{\Aapp · production · Ruby #{RUBY_VERSION}.*\n?.*5 × GET /up}o, result.out)
      assert_match(/^TRIED +anon, MiB +change/, result.out)
      assert_match(/^[ *] as it is +\d+\.\d/, result.out)
      assert_match(/^anon, MiB, against CPU ms/, result.out)
      assert_match(/^only the health check/, result.out)
    end
  end

  def test_an_app_that_does_not_serve
    {
      {"Gemfile" => ""} => /the app can't be tuned: LoadError: the bundle has no puma, by which the app would be served\z/,
      {"config.ru" => "raise 'no roof'\n"} => /the app can't be tuned: RuntimeError: no roof, in config\.ru:1\z/,
      {"config/puma.rb" => "threads 0, nothing\n"} => /the app can't be tuned: NameError: .*nothing.*, in config\/puma\.rb:1\z/,
      {"config/environment.rb" => "nil.fail_here\n"} => /the app can't be tuned: NoMethodError: .*fail_here.*, in config\/environment\.rb:1\z/,
      {"config.ru" => "run ->(_) { [500, {}, []] }\n"} => %r{the app can't be tuned: GET /some answered 500\z}
    }.each do |files, message|
      RackApp.with(files) { |app| assert_fails("tune", "--app", app, "--requests", "/some", says: message) }
    end
  end

  # Its first answers are right, as they would be of an app whose cache fills up.
  def test_an_app_that_fails_later
    Dir.mktmpdir do |dir|
      app = "COUNT = File.open('#{dir}/starts', 'a+') { |file| file.puts; file.rewind; file.readlines.size }\nrun ->(_) { [COUNT > 1 ? 503 : 200, {}, []] }\n"
      RackApp.with("config.ru" => app) do |directory|
        assert_fails("tune", "--app", directory, "--requests", "/", says: %r{nothing can be tuned of this app: GET / answered 503})
      end
    end
  end

  def test_settings_that_are_refused
    RackApp.with do |app|
      {
        ["--variable", "RUBY_GC_HEAP_GROWTH_FACTOR=0.5"] => /the app as it is can't be run here: Ruby ignores RUBY_GC_HEAP_GROWTH_FACTOR=0\.5: it must be greater than 1/,
        ["--try", "RUBY_GC_MALLOC_LIMIT=lots"] => /--try RUBY_GC_MALLOC_LIMIT=lots: Ruby ignores RUBY_GC_MALLOC_LIMIT=lots: that is no number/,
        ["--try", "MALLOC_ARENA_MAX=few,threads=2"] => /--try MALLOC_ARENA_MAX=few,threads=2: glibc ignores MALLOC_ARENA_MAX=few: that is no number/
      }.each { |arguments, message| assert_fails("tune", "--app", app, "--requests", "/", *arguments, says: message) }
    end
  end

  def test_ctrl_c_leaves_nothing
    mark = "memtrim-test-#{Process.pid}-#{rand(1 << 32)}"
    RackApp.with("config.ru" => "$0 = '#{mark}'\nrun ->(_) { [200, {}, []] }\n") do |app|
      Dir.mktmpdir do |dir|
        pid = Memtrim.start("tune", "--app", app, "--requests", "/", dir: dir)
        300.times { system("pgrep", "-f", mark, out: File::NULL) ? break : sleep(0.05) }
        Process.kill(:INT, pid)
        _, status = Process.wait2(pid)
        assert_equal [130, ""], [status.exitstatus, File.read(File.join(dir, "out"))]
        assert_empty `pgrep -f #{mark}`
        assert_empty Dir.children(Memtrim::TEMPORARY).grep(/memtrim/)
      end
    end
  end

  def test_bad_input
    Dir.mktmpdir do |dir|
      file = File.join(dir, "container.env")
      File.write(file, "RAILS_MAX_THREADS=5\nMALLOC_ARENA_MAX 2\n")
      {
        ["x"] => /tune takes no x; --requests names the paths/,
        ["--requests", "up"] => %r{--requests up: a path begins with /},
        ["--minutes", "-1"] => /--minutes -1.0: must be at least 0/,
        ["--count", "0"] => /--count 0: must be at least 1/,
        ["--cpu", "-5"] => /--cpu -5.0: must be at least 0/,
        ["--skip", "threads,puma"] => /--skip: no lever puma to skip; there are arenas, .*threads/,
        ["--variable", "HELD"] => /--variable wants NAME=VALUE, not HELD/,
        ["--try", "held"] => /--try wants NAME=VALUE\[,NAME=VALUE\], not held/,
        ["--try", "Held=1"] => /--try Held=1: Held is neither a variable/,
        ["--try", "threads=many"] => /--try threads=many: a number of threads/,
        ["--preload", "/no/such.so"] => %r{can't be run here: /no/such\.so: no such library to preload},
        ["--preload", dir] => /no library to preload, but a directory/,
        ["--env-file", file] => /container\.env:2: not NAME=VALUE/,
        ["--env-file", "/no/such.env"] => %r{/no/such\.env can't be read: no such file},
        ["--app", "/no/such"] => %r{/no/such: no such directory},
        ["-o", "/no/such/file"] => %r{/no/such/file can't be written}
      }.each do |arguments, message|
        result = MemtrimHere.run("tune", *arguments)
        assert_equal [2, ""], [result.status.exitstatus, result.out], arguments.inspect
        assert_match message, result.notes.last
      end
    end
  end

  private

  def assert_valid(answer)
    schema = JSONSchemer.schema(JSON.parse(File.read(File.expand_path("../docs/schema/tune.json", __dir__))))
    assert_equal [], schema.validate(answer).take(5).map { |error| error["error"] }
  end

  def tune(app, *arguments)
    result = Memtrim.run("tune", "--app", app, *arguments, "--format", "json")
    assert_equal 0, result.status.exitstatus, result.err
    JSON.parse(result.out)
  end
end
