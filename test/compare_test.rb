# frozen_string_literal: true

require "minitest/autorun"
require "json"
require "rbconfig"
require "socket"
require_relative "support/app_copy"
require_relative "support/clean_exit"

# Whole services, started, loaded and compared: small servers that hold what they are told to, and a real Rails app.
class CompareTest < Minitest::Test
  include CleanExit

  MIB = 1 << 20

  # /down ends it, /bad is an error, /mute never gets a word, /away leads elsewhere; all others are fine.
  SERVER = <<~'RUBY'
    require "socket"
    def serve(server)
      loop do
        client = server.accept
        path = client.gets.to_s.split[1]
        nil until client.gets.to_s.chomp.empty?
        exit!(4) if path == "/down"
        status = {"/bad" => "500 No", "/away" => "302 Elsewhere"}.fetch(path, "200 OK")
        client.write("HTTP/1.1 #{status}\r\nContent-Length: 2\r\n\r\nok") unless path == "/mute"
        client.close
      end
    end
  RUBY

  SERVERS = {
    "single" => "serve TCPServer.new('127.0.0.1', ENV.fetch('PORT'))",
    "two" => <<~RUBY,
      server = TCPServer.new("127.0.0.1", ENV.fetch("PORT"))
      workers = Array.new(2) { fork { $held = "x" * (20 << 20); serve(server) } }
      workers.each { |pid| Process.wait(pid) }
    RUBY
    "daemon" => "Process.daemon(true)\nserve TCPServer.new('127.0.0.1', ENV.fetch('PORT'))",
    "loud" => "Thread.new { loop { puts 'x' * 10_000; warn 'y' * 10_000 } }\nsleep 1\nserve TCPServer.new('127.0.0.1', ENV.fetch('PORT'))",
    "quiet" => "$held = 'x' * (30 << 20); spawn('exec sleep 1000'); sleep",
    "stubborn" => "trap(:TERM) {}\nfork { trap(:TERM) {}; Process.setsid; loop { sleep } }\nloop { serve TCPServer.new('127.0.0.1', ENV.fetch('PORT')) }",
    "six" => "server = TCPServer.new('::1', ENV.fetch('PORT')); serve(server)",
    "busy" => "loop {}"
  }.freeze

  def test_two_workers_and_what_they_hold
    compare("single", "two", "--requests", "/,/away", "--count", "20") do |result, told|
      a, b = told.values_at("a", "b")
      assert_equal [1, 3], [a, b].map { |side| side["processes"].size }
      assert_equal [3, 3], [a, b].map { |side| side["trials"].size }
      more = told["difference"]
      # Two times 20 MiB, and whatever a forked Ruby writes to.
      %w[pss_bytes anon_bytes].each { |name| assert_includes 38 * MIB..70 * MIB, more[name], name }
      %w[pss_bytes anon_bytes rss_bytes].each do |name|
        assert_equal b[name] - a[name], more[name], name
        assert_operator told["intervals"][name].first, :<=, more[name], name
        assert_operator told["intervals"][name].last, :>=, more[name], name
        assert_includes b["trials"].map { |trial| trial[name] }, b[name]
      end
      assert_operator told["intervals"]["pss_bytes"].first, :>, 20 * MIB
      trial = b["trials"].first
      assert_equal %w[anon_bytes private_bytes processes pss_bytes ready_seconds rss_bytes threads], trial.keys.sort
      assert_equal 3, trial["processes"]
      assert_operator trial["threads"], :>=, 3
      assert_includes 0.01..20, trial["ready_seconds"]
      assert_operator b["pss_bytes"], :<, b["rss_bytes"]
      assert_equal %w[anon_bytes command pss_bytes rss_bytes], b["processes"].first.keys.sort
      assert_equal({"paths" => ["/", "/away"], "count" => 20, "concurrency" => 5}, told["requests"])
      assert_equal({"/" => {"200" => 20}, "/away" => {"302" => 20}}, b["answers"])
      assert_equal [1, true, true], [told["schema"], a["listened"], b["listened"]]
      assert_equal %w[a b b a a b], result.notes.map { |note| note[/starting (\w),/, 1] }
    end
  end

  def test_the_same_for_people
    in_a_directory do |dir|
      result = memtrim(dir, "single", "two", "--requests", "/,/away", "--count", "2", "--idle", "0")
      assert_equal 0, result.status.exitstatus, result.err
      assert_match(/production · 3 starts of each, in turn · MiB\nmeasured after 2 × GET \/, \/away, 5 at a time$/, result.out)
      assert_match(/^b  .*two\.rb/, result.out)
      assert_match(/^   #{File.basename(RbConfig.ruby)}\S* .*two\.rb +\d+\.\d +\d+\.\d +\d+\.\d$/o, result.out)
      assert_match(/^   = 1 process, \d+ threads?, ready in \d+\.\d s +\d+\.\d +\d+\.\d +\d+\.\d$/, result.out)
      assert_match(/^   = 3 processes, /, result.out)
      assert_match(/^   GET \/away answered 302 \(2 times\)$/, result.out)
      assert_match(/^b uses [3-7]\d\.\d MiB more than a \(pss, 95 %: \+[1-7]\d\.\d to \+[3-9]\d\.\d\)$/, result.out)
      assert_match(/^pss counts/, result.out)
      refute_match(/not told apart/, result.out)
      assert_operator result.out.lines.grep_v(/^[ab]  /).map { |line| line.chomp.size }.max, :<=, 106
      same = memtrim(dir, "single", "single", "--trials", "1")
      assert_match(/ · 1 start of each · MiB\nno requests made/, same.out)
      assert_match(/^one start of each: /, same.out)
    end
  end

  def test_a_command_that_never_listens_is_ready_at_rest
    compare("single", "quiet", "--trials", "1") do |_, told|
      assert_equal [true, false], [told["a"]["listened"], told["b"]["listened"]]
      assert_includes 25 * MIB..40 * MIB, told["difference"]["pss_bytes"]
      assert_equal 2, told["b"]["processes"].size
      assert_includes 0..10, told["b"]["trials"].first["ready_seconds"]
      assert_nil told["requests"]
    end
  end

  def test_daemons_loud_ones_and_other_addresses
    compare("daemon", "loud", "--trials", "1", "--requests", "/") do |_, told|
      assert_equal [1, 1], [told["a"], told["b"]].map { |side| side["processes"].size }
    end
    skip "no ::1 here" unless Socket.ip_address_list.any?(&:ipv6_loopback?)
    compare("six", "single", "--trials", "1", "--requests", "/") { |_, told| assert told["a"]["listened"] }
  end

  def test_requests_that_fail
    {"/bad" => /\Aa GET \/bad answered 500; it printed nothing: /, "/mute" => /a GET \/mute failed: the connection was closed without an answer/,
     "/down" => /a GET \/down failed: /}.each do |path, says|
      in_a_directory do |dir|
        assert_compare_fails dir, "single", "two", "--requests", "/,#{path}", "--concurrency", "1", says: says
      end
    end
  end

  def test_commands_that_do_not_come_up
    in_a_directory do |dir|
      assert_compare_fails dir, "single", "echo I will not; exit 3", "--trials", "1", says: /\Ab ended with status 3 before it was ready; its last lines are above: echo/, prints: "b> I will not\n"
      assert_compare_fails dir, "no_such_command_anywhere", "single", says: /\Aa ended with status 127 /, prints: /a> .*not found/
      assert_compare_fails dir, "kill -9 $$", "single", says: /\Aa was killed by SIGKILL before it was ready; it printed nothing/
      assert_compare_fails dir, "busy", "single", "--ready-timeout", "2.5", says: /\Aa neither listened on port \d+ nor came to rest within 2 s; --ready-timeout/
      assert_compare_fails dir, "quiet", "single", "--ready-timeout", "3", "--requests", "/", says: /\Aa did not listen on port \d+ within 3 s.*does it use \$PORT/
      assert_compare_fails dir, "printf 'a\\033[31mb\\033[0m\\033]0;x\\n'; exit 1", "single", says: /a ended with status 1/, prints: "a> ab?]0;x\n"
    end
  end

  def test_what_compare_does_not_take
    {[] => /compare which two commands\? --a is missing/, %w[--a x] => /--b is missing/, ["--a", " ", "--b", "x"] => /--a is missing/,
     %w[--a x --b y z] => /takes no z.*quotes/, %w[--a x --b y --requests up] => /--requests up: a path begins with/,
     ["--a", "x", "--b", "y", "--requests", "/a b"] => /has no spaces/, %w[--a x --b y --trials 0] => /--trials 0: must be at least 1/,
     %w[--a x --b y --count many] => /--count many/, %w[--a x --b y --idle -1] => /--idle -1.0/, %w[--a x --b y --concurrency 0] => /--concurrency 0/,
     %w[--a x --b y --app /no/such/dir] => %r{/no/such/dir: no such directory}, %w[--a x --b y --format xml] => /xml/}.each do |arguments, says|
      assert_fails "compare", *arguments, says: says
    end
  end

  def test_where_and_as_what_a_command_runs
    in_a_directory do |dir|
      shown = "pwd; echo \"$RAILS_ENV-$SECRET_KEY_BASE_DUMMY-$RUBYOPT-$BUNDLE_GEMFILE\"; exit 1"
      result = Memtrim.run_command("bundle", "exec", RbConfig.ruby, Memtrim::EXECUTABLE, "compare", "--app", dir, "--a", shown, "--b", shown, chdir: AppCopy.prepare("api"))
      assert_equal 2, result.status.exitstatus
      assert_match(/^a> #{dir}\na> production-1--$/, result.err)
      staging = memtrim(dir, shown, shown, "--env", "staging")
      assert_match(/^a> staging-1--$/, staging.err)
      assert_match(/^a> test---$/, memtrim(dir, shown, shown, "--env", "test").err)
    end
  end

  {"INT" => 130, "TERM" => 143, "HUP" => 129}.each do |signal, expected|
    define_method(:"test_nothing_is_left_after_SIG#{signal}") do
      in_a_directory do |dir|
        memtrim = Memtrim.start("compare", "--app", dir, *commands(dir, "stubborn", "single"), "--idle", "60", dir: dir)
        200.times { (process_of(dir, "stubborn").size == 2) ? break : sleep(0.05) }
        assert_equal 2, process_of(dir, "stubborn").size
        Process.kill(signal, memtrim)
        sleep 0.5
        Process.kill(signal, memtrim) # somebody is impatient
        assert_equal expected, Process.wait2(memtrim).last.exitstatus
        assert_match(/\Amemtrim: starting a, 1 of 3…\nmemtrim: stopped by /, File.read(File.join(dir, "err")))
        assert_equal "", File.read(File.join(dir, "out"))
      end
    end
  end

  def test_a_real_app
    app = AppCopy.prepare("api")
    result = Memtrim.run("compare", "--app", app, "--a", "bundle exec puma -w 0 -p $PORT", "--b", "bundle exec puma -w 2 -p $PORT",
      "--requests", "/up", "--count", "20", "--trials", "1", "--format", "json")
    assert_equal 0, result.status.exitstatus, result.err
    told = JSON.parse(result.out)
    assert_equal [1, 3], %w[a b].map { |side| told[side]["processes"].size }
    assert_match(/\Apuma .*\[api\]/, told["a"]["processes"].first["command"])
    assert_operator told["difference"]["pss_bytes"], :>, 20 * MIB
    assert_equal({"/up" => {"200" => 20}}, told["a"]["answers"])
    assert_no_process_knows app
  end

  private

  # A directory with the servers, which every process of theirs knows.
  def in_a_directory
    Dir.mktmpdir("compare") do |dir|
      dir = File.realpath(dir)
      SERVERS.each { |name, code| File.write(File.join(dir, "#{name}.rb"), SERVER + code) }
      yield dir
      assert_no_process_knows dir
    end
  end

  def commands(dir, a, b)
    a, b = [a, b].map { |name| SERVERS.key?(name) ? "exec #{RbConfig.ruby} --disable-gems #{dir}/#{name}.rb" : name }
    ["--a", a, "--b", b]
  end

  def memtrim(dir, a, b, *options)
    Memtrim.run("compare", "--app", dir, *commands(dir, a, b), *options)
  end

  def compare(a, b, *options)
    in_a_directory do |dir|
      result = memtrim(dir, a, b, *options, "--format", "json")
      assert_equal 0, result.status.exitstatus, result.err
      yield result, JSON.parse(result.out)
    end
  end

  def assert_compare_fails(dir, a, b, *options, says:, prints: nil)
    result = assert_fails("compare", "--app", dir, *commands(dir, a, b), *options, says: says)
    assert_empty result.out
    assert_operator prints, :===, result.other_err if prints
  end

  def process_of(dir, name)
    Dir.glob("/proc/[0-9]*/cmdline").select do |file|
      words = File.read(file).split("\0")
      words.last == "#{dir}/#{name}.rb"
    rescue SystemCallError
      false
    end
  end
end
