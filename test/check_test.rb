# frozen_string_literal: true

require "minitest/autorun"
require "json"
require_relative "support/clean_exit"
require_relative "support/memtrim_here"
require_relative "support/planted_gems"
require_relative "support/recordings"

# `memtrim check` and `memtrim baseline`: what they decide, how they fail, and what they leave alone.
class CheckTest < Minitest::Test
  include CleanExit

  LOCK, CONFIGURATION = %w[memtrim.lock.json config/memtrim.yml].freeze
  ENOUGH = "budget:\n  held: 2 GB\n"

  def test_within_its_limits
    budget = "budget:\n  rss: 2 GB\n  anon: 2 GB\n  held: 2 GB\n  seconds: 500\n  gems:\n    sidekiq: 1 GB\n  railties:\n    action_mailer/railtie: 1 GB\n"
    with(budget, lock: baseline) do |app|
      result = check(app)
      assert_equal [0, ""], [result.status.exitstatus, result.err]
      assert_match(/^rss +2048\.0 +\d+\.\d +\d+\.\d +config\/memtrim\.yml:2$/, result.out)
      assert_match(/^gem sidekiq .* config\/memtrim\.yml:7$/, result.out)
      assert_match(/^growth of held +1\.0 +0 +1\.0 +memtrim\.lock\.json$/, result.out)
      assert_match(/within the budget\n\z/, result.out)
      parsed = JSON.parse(check(app, "--format", "json").out)
      assert_equal ["within", %w[within]], [parsed["status"], parsed["limits"].map { |limit| limit["status"] }.uniq]
      assert_match(/\A### .*within the memory budget/, check(app, "--format", "markdown").out)
      assert_equal "::notice title=memory budget::within the budget\n", check(app, "--format", "github").out
    end
  end

  def test_exceeded
    with("budget:\n  held: 1 MB\n  gems:\n    sidekiq: 1 KB\n") do |app|
      result = check(app)
      assert_equal 1, result.status.exitstatus, result.err
      assert_match(/^held +1\.0 .*EXCEEDED/, result.out)
      summary = File.join(app, "summary.md")
      File.write(summary, "before\n")
      answer = summarized_in(summary) { check(app, "--format", "github", "-o", File.join(app, "annotations")) }
      assert_equal [1, ""], [answer.status.exitstatus, answer.out]
      assert_match(/\A::error file=config\/memtrim\.yml,line=2,title=memory budget exceeded::held\b[^\n]*, limit 1\.0 MiB\n::error file=config\/memtrim\.yml,line=4,/, File.read(File.join(app, "annotations")))
      assert_match(/\Abefore\n### .*memory budget exceeded/, File.read(summary))
      unwritable = summarized_in(app) { check(app, "--format", "github") }
      assert_equal [1, ["no step summary: #{app} can't be written: is a directory"]], [unwritable.status.exitstatus, unwritable.notes]
    end
  end

  # A recording is one boot, with a recorder in it.
  def test_what_a_recording_can_not_decide_is_inconclusive
    with("budget:\n  rss: 2 GB\n") do |app|
      measured = JSON.parse(check(app, "--format", "json").out).dig("limits", 0, "measured")
      File.write(File.join(app, CONFIGURATION), "budget:\n  rss: #{measured.to_i + (1 << 20)}\n")
      result = check(app)
      assert_equal 2, result.status.exitstatus
      assert_match(/INCONCLUSIVE/, result.out)
      assert_empty result.err
    end
  end

  SIZE = 'as in "150 MB", "1.5 GiB", or a number of bytes'
  BUDGETS = {
    "budget:\n  rss: 0\n" => "config/memtrim.yml:2: rss: 0 is no size to stay below: it must be more than 0, #{SIZE}",
    "budget:\n  held: -3 MB\n" => "config/memtrim.yml:2: held: -3 MB is no size to stay below: it must be more than 0, #{SIZE}",
    "budget:\n  anon: plenty\n" => "config/memtrim.yml:2: anon: plenty is no size; write it #{SIZE}",
    "budget:\n  seconds: 0\n" => "config/memtrim.yml:2: seconds: 0 is no time; write seconds above 0, as in 4.5",
    "budget:\n  helt: 5 MB\n" => /\Aconfig\/memtrim\.yml:2: no key helt in budget:; did you mean held\?/,
    "budget:\n  growth: 1 MB\n" => /\Aconfig\/memtrim\.yml:2: growth: since when\? .*memtrim baseline/,
    "budget:\n  gems:\n    sidekik: 1 MB\n" => /\Aconfig\/memtrim\.yml:3: .*sidekik.*sidekiq/,
    "budget:\n  railties:\n    action_mailr/railtie: 1 MB\n" => %r{\Aconfig/memtrim\.yml:3: .*action_mailr/railtie.*action_mailer/railtie},
    "budget:\n  gems:\n    action_mailer/railtie: 1 MB\n" => /\Aconfig\/memtrim\.yml:3: .*below railties/,
    "budget: [\n" => /\Aconfig\/memtrim\.yml:\d: not YAML/,
    "railties: []\n" => /\Aconfig\/memtrim\.yml:1: railties: is an empty list/,
    nil => /\Aneither a budget nor a baseline: write budget: .* to config\/memtrim\.yml, or have memtrim baseline write memtrim\.lock\.json\z/
  }.freeze

  BUDGETS.each do |configuration, message|
    define_method(:"test_refused_#{configuration.inspect}") do
      with(configuration) { |app| assert_refused(message, app) }
    end
  end

  LOCKS = {
    "is cut off" => [->(text) { text[0, text.size / 2] }, /\Amemtrim\.lock\.json:\d+: not JSON .*memtrim baseline --force/],
    "is empty" => [->(_) { "" }, /\Amemtrim\.lock\.json:\d+: not JSON/],
    "is no text" => [->(_) { "\xFF\x00\xFE".b * 20 }, /\Amemtrim\.lock\.json:\d+: not JSON/],
    "is in conflict" => [->(text) { "<<<<<<< HEAD\n#{text}=======\n#{text}>>>>>>> main\n" }, /\Amemtrim\.lock\.json:1: not JSON/],
    "is somebody else's" => [->(_) { %({"name": "shop", "lockfileVersion": 3}\n) }, /\Amemtrim\.lock\.json is no baseline of memtrim's/],
    "is a list" => [->(_) { "[]\n" }, /\Amemtrim\.lock\.json is no baseline of memtrim's/],
    "is of a later format" => [->(text) { text.sub(/"memtrim_baseline": \d+/, '"memtrim_baseline": 99') }, /\Amemtrim\.lock\.json was written by a newer showcase_memtrim/],
    "has figures that are none" => [->(text) { text.sub(/"held_bytes": \d+/, '"held_bytes": "much"') }, /\Amemtrim\.lock\.json: .*held_bytes|\Amemtrim\.lock\.json: .*string/]
  }.freeze

  LOCKS.each do |what, (change, message)|
    define_method(:"test_a_lock_that_#{what.tr(" '", "__")}") do
      with(ENOUGH, lock: change.call(baseline)) do |app|
        assert_refused(message, app)
        refused = assert_refused(message, app, command: "baseline")
        assert_match(/--force/, refused.notes.first) unless what == "is of a later format"
        before = read(app, LOCK)
        assert_predicate baseline_of(app, "--force").status, :success?
        refute_equal before, read(app, LOCK)
      end
    end
  end

  def test_a_lock_of_another_ruby
    other = baseline.sub(/"ruby": *"[^"]*"/, '"ruby":"2.7.8"').sub(/"bootsnap": *false/, '"bootsnap":true')
    with(ENOUGH, lock: other) do |app|
      assert_refused(/\Amemtrim\.lock\.json is of another environment: Ruby 2\.7\.8, not #{Regexp.escape(RUBY_VERSION)}, Bootsnap on, not off; .*memtrim baseline/o, app)
      result = baseline_of(app)
      assert_equal [0, "memtrim.lock.json: ruby #{RUBY_VERSION} (was 2.7.8), bootsnap false (was true), 0 gems changed, 0.0 MiB held\n"], [result.status.exitstatus, result.out]
      assert_equal 0, check(app).status.exitstatus
    end
  end

  def test_files_that_can_not_be_read_or_written
    with(ENOUGH) do |app|
      Dir.mkdir(File.join(app, LOCK))
      assert_refused("memtrim.lock.json can't be read: is a directory", app)
      assert_refused(/memtrim\.lock\.json can't be .*directory/, app, command: "baseline")
      assert_refused(/other\.json: no such baseline; memtrim baseline -o other\.json writes it/, app, "--baseline", "other.json")
      assert_refused(%r{/no/such/dir/x can't be written: /no/such/dir is no directory}, app, "-o", "/no/such/dir/x")
      assert_refused(%r{/no/such/dir/x can't be written: /no/such/dir is no directory}, app, "-o", "/no/such/dir/x", command: "baseline")
      File.rename(File.join(app, LOCK), File.join(app, "elsewhere"))
      assert_refused(/no such recording/, app, recording: "/no/such")
      assert_refused(/not a memtrim recording/, app, recording: File.join(app, CONFIGURATION))
      assert_fails "check", "held", says: /check takes no held; .*budget:/
      assert_fails "baseline", "x", says: /baseline takes no x/
      assert_fails "check", "--format", "xml", says: /xml/
    end
    with(ENOUGH, lock: "") do |app|
      File.delete(File.join(app, LOCK))
      File.symlink("nowhere", File.join(app, LOCK))
      assert_refused("memtrim.lock.json can't be read: no such file or directory", app)
    end
  end

  def test_a_recording_that_says_too_little
    light = Recordings.of("api", options: ["--light"]).file
    with(ENOUGH, lock: baseline) do |app|
      assert_refused(/a light recording has no held bytes/, app, recording: light)
      assert_refused(/a light recording has no held bytes/, app, recording: light, command: "baseline")
    end
  end

  def test_what_a_baseline_says_it_changed
    with(nil) do |app|
      assert_match(/\Amemtrim\.lock\.json: new: \d+ gems, \d+\.\d MiB held\n\z/, baseline_of(app).out)
      assert_equal baseline, read(app, LOCK)
      assert_equal "memtrim.lock.json: unchanged\n", baseline_of(app).out
      File.write(File.join(app, LOCK), baseline.sub(/^    "sidekiq": .*\n/, "").sub(/"held_bytes": (\d+)/) { %("held_bytes": #{$1.to_i - (3 << 20)}) })
      assert_equal "memtrim.lock.json: 1 gem changed, +3.0 MiB held\n", baseline_of(app).out
      other = File.join(app, "other.json")
      assert_match(/\Aother\.json: new/, baseline_of(app, "-o", other).out)
      assert_equal [baseline, [CONFIGURATION, LOCK, "config", "other.json"].reject { |name| name == CONFIGURATION }.sort], [File.read(other), Dir.children(app).sort]
    end
  end

  # In real boots, where the app is.
  def test_a_gem_that_grows
    PlantedGems.in_an_app({"thin" => "THIN = 1", "fat" => "FAT = []"}) do |app|
      lock = File.join(app, LOCK)
      assert_match(/: new: /, success("baseline", app).out)
      written = File.binread(lock)
      assert_match(/within the budget/, success("check", app).out)
      File.write(File.join(app, "gems/fat/lib/fat.rb"), "FAT = Array.new(3) { |index| index.to_s * (1 << 20) }")
      File.write(File.join(app, CONFIGURATION), "budget:\n  held: 500 MB\n  rss: 500 MB\n")
      result = Memtrim.run("check", "--app", app)
      assert_equal 1, result.status.exitstatus, result.err
      assert_match(/^WHO.*\nfat 1 +\+3\.0 +grew +Gemfile:2$/, result.out)
      github = Memtrim.run("check", "--app", app, "--format", "github")
      assert_match(/^::warning file=Gemfile,line=2,title=memory grew::\+3\.0 MiB held: fat 1, grew$/, github.out)
      assert_equal written, File.binread(lock)

      assert_equal "#{LOCK}: 1 gem changed, +3.0 MiB held\n", success("baseline", app).out
      assert_match(/within the budget/, success("check", app).out)

      written = File.binread(lock)
      File.write(File.join(app, "config/environment.rb"), "raise 'SOME_SECRET is not set'")
      %w[baseline check].each do |command|
        failed = Memtrim.run(command, "--app", app)
        assert_equal [2, "", "the app does not boot: RuntimeError: SOME_SECRET is not set"], [failed.status.exitstatus, failed.out, failed.notes.last]
      end
      File.delete(lock)
      assert_fails "check", "--app", app, says: %r{the app does not boot: config/environment\.rb:1: RuntimeError: SOME_SECRET is not set}
      File.write(lock, written)
      File.write(File.join(app, "config/environment.rb"), "exit!")
      assert_equal 2, Memtrim.run("baseline", "--app", app).status.exitstatus
      assert_equal written, File.binread(lock)
    end
  end

  # Close to the limit it takes more boots than one; the recorder is in none of them.
  def test_limits_that_plain_boots_decide
    PlantedGems.in_an_app({"thin" => "THIN = 1"}, files: {CONFIGURATION => "budget:\n  rss: 1 MB\n  seconds: 0.001\n"}) do |app|
      result = Memtrim.run("check", "--app", app, "--format", "json")
      assert_equal 1, result.status.exitstatus, result.err
      rss, seconds = JSON.parse(result.out)["limits"]
      assert_equal %w[exceeded exceeded], [rss["status"], seconds["status"]]
      assert_operator rss["boots"], :>=, 3
      assert_operator rss["low"], :<=, rss["measured"]
    end
  end

  def test_no_app
    Dir.mktmpdir do |dir|
      assert_fails "check", "--app", dir, says: /no Rails app in .*config\/environment\.rb is missing/
      assert_fails "baseline", "--app", dir, says: /no Rails app in .*config\/environment\.rb is missing/
      assert_empty Dir.children(dir)
    end
  end

  private

  # @return [String] that of the api app
  def baseline
    @@baseline ||= Dir.mktmpdir { |dir| baseline_of(dir) && File.read(File.join(dir, LOCK)) } # rubocop:disable Style/ClassVars -- of all tests
  end

  def baseline_of(app, *options)
    MemtrimHere.run("baseline", "--app", app, "--recording", Recordings.of("api").file, *options)
  end

  def check(app, *options)
    MemtrimHere.run("check", "--app", app, "--recording", Recordings.of("api").file, *options)
  end

  def summarized_in(file)
    before, ENV["GITHUB_STEP_SUMMARY"] = ENV["GITHUB_STEP_SUMMARY"], file
    yield
  ensure
    ENV["GITHUB_STEP_SUMMARY"] = before
  end

  # A directory with the two files: a recording needs no more of its app.
  def with(configuration, lock: nil)
    Dir.mktmpdir("check") do |dir|
      app = File.realpath(dir)
      Dir.mkdir(File.join(app, "config"))
      File.write(File.join(app, CONFIGURATION), configuration) if configuration
      File.binwrite(File.join(app, LOCK), lock) if lock
      yield app
    end
  end

  def read(app, file)
    File.binread(File.join(app, file))
  end

  # With one line, status 2, and every file as it was.
  def assert_refused(message, app, *options, command: "check", recording: Recordings.of("api").file)
    before = files(app)
    says = message.is_a?(String) ? /\A#{Regexp.escape(message)}\z/ : message
    result = MemtrimHere.run(command, "--app", app, "--recording", recording, *options)
    assert_equal [2, "", before], [result.status.exitstatus, result.out, files(app)], result.err
    assert_equal 1, result.err.lines.size, result.err
    assert_match says, result.notes.first
    result
  end

  def files(app)
    Dir.glob("**/*", base: app).to_h { |path| [path, File.file?(File.join(app, path)) ? read(app, path) : File.lstat(File.join(app, path)).ftype] }
  end

  def success(command, app)
    Memtrim.run(command, "--app", app).tap { |result| assert_predicate result.status, :success?, result.err + result.out }
  end
end
