# frozen_string_literal: true

require "minitest/autorun"
require "json"
require_relative "support/app_copy"
require_relative "support/memtrim"
require_relative "support/traces"

# `memtrim unused` as a user runs it: what it says of the sample apps from source alone, with boots, and with a trace.
class UnusedTest < Minitest::Test
  APPS = Traces::COMMANDS.keys.freeze

  class << self
    # One recording of each app serves all tests.
    def recording(app)
      (@recordings ||= {})[app] ||= File.join(Memtrim::TEMPORARY, "#{app}.recording").tap do |file|
        result = Memtrim.run("record", "--app", AppCopy.prepare(app), "-o", file)
        raise result.err unless result.status.success?
      end
    end
  end

  # An app has no trace but the one that a test gives.
  def setup
    APPS.each { |app| FileUtils.rm_rf(File.join(AppCopy.prepare(app), "tmp/memtrim")) }
  end

  def test_source_alone_never_says_remove
    APPS.each do |app|
      verdicts = verdicts(app)
      refute_includes verdicts.values.map { |each| each["verdict"] }, "remove", app
      assert_equal ["static"], verdicts.values.reject { |each| each["verdict"] == "keep" }.map { |each| each["confidence"] }.uniq, app
    end
    chronic = verdicts("tenant").fetch("chronic")
    assert_equal "unknown", chronic["verdict"]
    assert_match(/unused as far as the source shows/, chronic["why"])
    assert_match(/memtrim trace -- /, chronic["settle"])
  end

  def test_the_tenant_with_a_trace
    verdicts = verdicts("tenant", "--trace", trace("tenant"))
    {
      "geocoder" => %w[app/controllers/locations_controller.rb:19 app/controllers/locations_controller.rb:21 app/controllers/locations_controller.rb:22 app/controllers/locations_controller.rb:27],
      "combine_pdf" => %w[app/controllers/packets_controller.rb:11 app/controllers/packets_controller.rb:20], "fast_excel" => %w[app/views/entries/index.xlsx.erb:2],
      "rubyzip" => %w[app/jobs/archive_job.rb:12], "aws-sdk-s3" => %w[lib/tasks/backup.rake:5 script/sync.rb:10]
    }.each do |name, lines|
      verdict = verdicts.fetch(name)
      assert_equal "defer", verdict["verdict"], name
      assert_empty lines - places(verdict), name
    end
    %w[chronic icalendar].each { |name| assert_equal %w[remove proved], verdicts.fetch(name).values_at("verdict", "confidence"), name }
    %w[sentry-ruby sentry-rails puma propshaft turbo-rails importmap-rails stimulus-rails jbuilder sqlite3 rails].each { |name| assert_equal "keep", verdicts.fetch(name)["verdict"], name }
    assert_includes places(verdicts.fetch("sentry-ruby")), "config/initializers/sentry.rb:4"
    assert_equal %w[chronic icalendar], verdicts.values.select { |each| each["verdict"] == "remove" && each["kind"] == "gem" }.map { |each| each["name"] }.sort
    %w[active_record/railtie action_controller/railtie action_cable/engine active_job/railtie].each { |name| assert_equal "keep", verdicts.fetch(name)["verdict"], name }
    %w[action_mailer/railtie active_storage/engine action_mailbox/engine action_text/engine].each { |name| refute_equal "keep", verdicts.fetch(name)["verdict"], name }
  end

  def test_the_api_with_a_trace
    verdicts = verdicts("api", "--trace", trace("api"))
    assert_equal %w[httparty money], verdicts.values.select { |each| each["verdict"] == "remove" && each["kind"] == "gem" }.map { |each| each["name"] }.sort
    %w[billing grape sidekiq rack-attack rack-cors rack-timeout].each { |name| assert_equal "keep", verdicts.fetch(name)["verdict"], name }
  end

  def test_the_text_shows_findings_and_the_exit_status_says_so
    result = unused("tenant", "--trace", trace("tenant"))
    assert_equal 1, result.status.exitstatus, result.err
    assert_match(/^\s+chronic \d/, result.out)
    assert_match(%r{app/controllers/locations_controller\.rb:19}, result.out)
    refute_match(/sentry-ruby/, result.out)
    assert_match(/sentry-ruby/, unused("tenant", "--all", "--trace", trace("tenant")).out)
    assert_operator result.out.lines.map { |line| line.chomp.size }.max, :<=, 100
  end

  def test_the_report_and_the_explanation_have_it_too
    report = JSON.parse(Memtrim.run("report", "--app", AppCopy.prepare("tenant"), "--recording", self.class.recording("tenant"), "--format", "json").out)
    assert_equal "unknown", report["verdicts"].find { |each| each["name"] == "chronic" }["verdict"]
    text = Memtrim.run("explain", "geocoder", "--app", AppCopy.prepare("tenant"), "--recording", self.class.recording("tenant")).out
    [19, 21, 22, 27].each { |line| assert_includes text, "app/controllers/locations_controller.rb:#{line}" }
  end

  def test_findings_that_are_ignored
    app = AppCopy.prepare("tenant")
    file = File.join(app, "config/memtrim.yml")
    File.write(file, "ignore:\n  chronic: the console uses it\n  puma: never\n  nosuch: gone\n  puma_threads: a rule of `memtrim doctor`\n")
    verdicts = JSON.parse(unused("tenant", "--format", "json").out)
    refute_includes verdicts["verdicts"].map { |each| each["name"] }, "chronic"
    assert_equal({"chronic" => false, "puma" => true, "nosuch" => true}, verdicts["ignored"].to_h { |each| each.values_at("name", "stale") })
  ensure
    FileUtils.rm_f(file)
  end

  def test_bad_input
    app = AppCopy.prepare("tenant")
    {
      ["--trace", "nowhere.jsonl"] => "nowhere.jsonl: no such trace",
      ["--recording", "nowhere.memtrim"] => "nowhere.memtrim: no such recording",
      ["chronic"] => "unused takes no chronic; memtrim explain chronic tells about one gem",
      ["--format", "xml"] => "invalid argument: --format xml"
    }.each do |arguments, message|
      result = Memtrim.run("unused", "--app", app, *arguments)
      assert_equal [2, ""], [result.status.exitstatus, result.out], arguments.join(" ")
      assert_match(/\Amemtrim: #{Regexp.escape(message)}/, result.err)
    end
  end

  private

  def trace(app)
    traced = Traces.of(app)
    assert traced.result.status.success?, "#{traced.result.out}#{traced.result.err}"
    traced.file
  end

  def unused(app, *options)
    Memtrim.run("unused", "--app", AppCopy.prepare(app), "--recording", self.class.recording(app), *options)
  end

  def verdicts(app, *options)
    result = unused(app, "--all", "--format", "json", *options)
    assert_includes [0, 1], result.status.exitstatus, result.err
    JSON.parse(result.out)["verdicts"].to_h { |each| [each["name"], each] }
  end

  def places(verdict)
    verdict["evidence"].map { |each| each.values_at("file", "line").compact.join(":") }
  end
end
