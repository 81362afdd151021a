# frozen_string_literal: true

require "minitest/autorun"
require "json"
require "open3"
require "yaml"
require_relative "support/enforced_app"
require_relative "support/small_rails_app"

# `memtrim trim`: what it finds and shows, what it writes, and what it gives back.
class TrimTest < Minitest::Test
  FILES = %w[config/application.rb config/memtrim.yml].freeze

  def setup
    @cache = Dir.mktmpdir("memtrim-cache")
  end

  def teardown
    FileUtils.rm_rf(@cache)
  end

  def test_whatever_can_go
    SmallRailsApp.with do |app|
      before = contents(app)
      told = json(app)
      assert_equal before, contents(app), "shows, and writes nothing"
      refute told["written"]
      assert_equal({"lazy" => ["Lazy"]}, told["defer"])
      # The app names a controller; Action Controller brings in the other, which is not in the app's own list.
      assert_equal %w[action_controller/railtie action_view/railtie], told["railties"]
      left = told["left_alone"].to_h { |each| [each["name"], each] }
      assert_equal %w[action_controller/railtie patcher rails], left.keys.sort
      assert_match(/without it, the boot fails: .*ActionController/, left["action_controller/railtie"]["why"])
      assert_equal ["gem", "adds the method String#patched (gems/patcher/lib/patcher.rb:2)"], left["patcher"].values_at("kind", "why")
      assert_operator told["held_saved_bytes"], :>, 2_000_000

      shown = trim(app)
      assert_equal told["files"].map { |file| file["diff"] }.join, shown.out
      assert_match(/\Asaves \d+\.\d MiB held\z/, shown.notes[-2])
      assert_equal "nothing written; --write does", shown.notes.last
      Dir.mktmpdir do |copy|
        FileUtils.cp_r(File.join(app, "config"), copy)
        assert_predicate Open3.capture2e("git", "apply", "-", chdir: copy, stdin_data: shown.out).last, :success?

        File.chmod(0o640, File.join(app, FILES.first))
        written = trim(app, "--write")
        assert_equal shown.out, written.out
        assert_equal "written: config/application.rb and config/memtrim.yml; `memtrim trim --undo` takes it back", written.notes.last
        assert_equal contents(copy), contents(app)
      end
      assert_equal 0o640, File.stat(File.join(app, FILES.first)).mode & 0o777
      assert_equal told["railties"], YAML.safe_load_file(File.join(app, FILES.last))["railties"]

      again = trim(app, "--write")
      assert_equal ["", "nothing to trim"], [again.out, again.notes.last]

      assert_equal ["as before: config/application.rb and config/memtrim.yml"], run_trim(app, "--undo").notes
      assert_equal before, contents(app)
      refute_path_exists File.join(app, "tmp/memtrim/trim.json")
    end
  end

  def test_the_tenant_app
    with_sample("tenant") do |app, directory|
      keep = %w[active_record/railtie active_storage/engine action_controller/railtie action_view/railtie active_job/railtie action_cable/engine action_text/engine rails/test_unit/railtie]
      told = json(directory, "--railties", keep.join(","), "--defer", "chronic,sentry-rails,puma", "--write")
      assert told["written"]
      assert_equal keep, told["railties"]
      assert_equal({"chronic" => ["Chronic"]}, told["defer"])
      left = told["left_alone"].to_h { |each| each.values_at("name", "why") }
      assert_equal %w[puma sentry-rails], left.keys.sort
      assert_match(/defines the railtie Sentry::/, left["sentry-rails"])
      assert_match(/adds the method Thread#puma_server/, left["puma"])
      booted = app.boot("p defined?(ActionMailer), defined?(ActionMailbox), Object.autoload?(:Chronic), Chronic.parse('tomorrow').class")
      assert_equal %(nil\nnil\n"chronic"\nTime\n), booted.out, booted.err
    end
  end

  # Its own list goes to config/memtrim.yml, also where all of it stays.
  def test_an_app_with_a_list_of_its_own
    with_sample("api") do |app, directory|
      told = json(directory, "--defer", "httparty", "--write")
      assert_equal %w[active_record/railtie action_controller/railtie action_view/railtie action_mailer/railtie active_job/railtie active_model/railtie], told["railties"]
      assert_equal({"httparty" => ["HTTParty"]}, told["defer"])
      refute_match(/^\s*#?\s*require .*(railtie|engine)/, app.read("config/application.rb"))
      booted = app.boot("p defined?(ActionCable), HTTParty.name")
      assert_equal [%(nil\n"HTTParty"\n), []], [booted.out, booted.notes]
    end
  end

  # The search without the files finds nothing wrong; the files do not work.
  def test_what_fails_with_the_edited_files_is_left_alone
    # In production, which does not load it eagerly, nobody needs Action Mailer; in development that is an error.
    mailer = {"app/mailers/bill_mailer.rb" => "class BillMailer < ActionMailer::Base\n  def bill = mail\nend\n"}
    SmallRailsApp.with(mailer) do |app|
      told = json(app, "--defer", "lazy", "--railties", "action_controller/railtie", "--check", "! grep -q lazy config/memtrim.yml || { echo 'NoMethodError: broken'; false; }")
      left = told["left_alone"].to_h { |each| each.values_at("name", "why") }
      # Action Mailer, which stays, brings Active Job in.
      assert_equal %w[action_mailer/railtie active_job/railtie lazy], left.keys.sort
      assert_match(/loaded all the same/, left["active_job/railtie"])
      assert_equal "with the edited files, the check fails: NoMethodError: broken", left["lazy"]
      assert_match(%r{\Awith the edited files, in development, the boot fails: .*app/mailers/bill_mailer\.rb:1 needs it}, left["action_mailer/railtie"])
      assert_equal %w[action_controller/railtie action_mailer/railtie action_view/railtie active_job/railtie], told["railties"].sort
      assert_empty told["defer"]
      before = contents(app)
      result = run_trim(app, "--held", "--defer", "lazy", "--write", "--check", "test ! -e config/memtrim.yml")
      assert_equal [2, ""], [result.status.exitstatus, result.out]
      assert_match(/nothing can be trimmed: lazy: with the edited files, the check fails: no output, status 1/, result.notes.last)
      assert_equal before, contents(app)
    end
  end

  def test_undo_is_for_what_was_written
    SmallRailsApp.with({"config/memtrim.yml" => "# ours\nenforce: warn # for now\n"}) do |app|
      assert_match(/nothing to undo/, fails(app, "--undo"))
      trim(app, "--defer", "lazy", "--write")
      written = File.read(File.join(app, FILES.last))
      assert_match(/\A# ours\nenforce: warn # for now\n\nrailties:\n(  - .*\n)+\ndefer:\n  lazy: \[Lazy\]\n\z/, written)
      File.write(File.join(app, FILES.last), "# mine\n", mode: "a")
      assert_match(%r{config/memtrim\.yml has changed since `memtrim trim --write`.*git}, fails(app, "--undo"))
      File.write(File.join(app, FILES.last), written)
      assert_predicate run_trim(app, "--undo").status, :success?
      assert_equal "# ours\nenforce: warn # for now\n", File.read(File.join(app, FILES.last))
      assert_match(/nothing to undo/, fails(app, "--undo"))
    end
  end

  def test_bad_input
    SmallRailsApp.with do |app|
      before = contents(app)
      {
        ["--railties", "action_controler/railtie"] => %r{action_controler/railtie is no railtie of Rails [\d.]+; did you mean action_controller/railtie\?},
        ["--railties", "lazy"] => /lazy is a gem, and no railtie: --defer takes it/,
        ["--defer", "lasy"] => /lasy is no gem that Bundler\.require requires here; did you mean lazy\?/,
        ["--defer", "action_text/engine"] => /a railtie, and no gem/,
        ["--undo", "--write"] => /--undo .* goes with no --write/,
        ["lazy"] => /trim takes no lazy/,
        ["--check", "echo 'KeyError: as ever'; false", "--defer", "lazy"] => /fails with nothing left out: KeyError: as ever/
      }.each { |arguments, message| assert_match message, fails(app, *arguments) }
      File.write(File.join(app, FILES.first), SmallRailsApp::APPLICATION.gsub(%r{^require ".*/railtie".*}, ""))
      assert_match(%r{config/application\.rb: no `require "rails/all"` at the top level.*by hand}, fails(app, "--write"))
      File.write(File.join(app, FILES.first), SmallRailsApp::APPLICATION)
      File.write(File.join(app, FILES.last), "railties: [\n")
      assert_match(%r{config/memtrim\.yml: not YAML}, fails(app, "--write"))
      File.delete(File.join(app, FILES.last))
      assert_equal before, contents(app)
    end
    SmallRailsApp.with({}, with_us: false) { |app| assert_match(/has no showcase_memtrim.*run `bundle add showcase_memtrim`/, fails(app)) }
  end

  private

  def with_sample(name)
    stock = File.read(File.join(AppCopy::APPS, name, "config/application.rb"))
    EnforcedApp.with(nil, files: {"config/application.rb" => stock}, app: name) { |app| yield app, app.directory }
  end

  def run_trim(app, *arguments)
    Memtrim.run("trim", "--app", app, *arguments, env: {"XDG_CACHE_HOME" => @cache})
  end

  def trim(app, *arguments)
    run_trim(app, "--held", *arguments).tap { |result| assert_equal 0, result.status.exitstatus, result.err }
  end

  def json(app, *arguments)
    JSON.parse(trim(app, "--format", "json", *arguments).out)
  end

  # @return [String] the last note
  def fails(app, *arguments)
    result = run_trim(app, *arguments)
    assert_equal [2, ""], [result.status.exitstatus, result.out], arguments.inspect
    result.notes.last
  end

  def contents(app)
    FILES.to_h { |path| [path, File.file?(File.join(app, path)) ? File.binread(File.join(app, path)) : nil] }
  end
end
