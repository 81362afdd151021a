# frozen_string_literal: true

require "minitest/autorun"
require_relative "support/suite_app"

# Test suites of real apps that assert on their boots, run as their users would. However they run, the app is booted once
# for them, and that boot has nothing of theirs in it.
class AssertionsInAppsTest < Minitest::Test
  HELPER = <<~RUBY
    if ENV["COVERED"]
      require "simplecov"
      SimpleCov.start("rails") { enable_for_subprocesses true }
    end
    ENV["RAILS_ENV"] ||= "test"
    require_relative "../config/environment"
    Rails.application.eager_load! if ENV["COVERED"]
    require "rails/test_help"
    require "showcase_memtrim/minitest"

    class ActiveSupport::TestCase
      self.use_transactional_tests = false # Rails has threads share a connection then
      parallelize(workers: 2, with: ENV["PARALLEL"].to_sym, threshold: 0) if ENV["PARALLEL"]
    end
  RUBY

  KEPT = <<~RUBY
    require "boot_helper"

    class BootTest < ActiveSupport::TestCase
      test("rss") { assert_boot_rss_below 400.megabytes }
      test("anon") { assert_boot_anon_below "400 MB" }
      test("held") { assert_boot_held_below 400 * 2**20 }
      test("budget") { assert_boot_within_budget }
      test("railties") { assert_railties_loaded "active_record/railtie", "action_view/railtie" }
      test("no mailer") { refute_railtie_loaded "action_mailer/railtie" }
      test("gems") { %w[combine_pdf simplecov spring minitest].each { |name| refute_gem_loaded_at_boot name } }
      test("deferred") { assert_gem_deferred "combine_pdf" }
    end
  RUBY

  BROKEN = <<~RUBY
    require "boot_helper"

    class BrokenBootTest < ActiveSupport::TestCase
      test("held") { assert_boot_held_below "20 MB" }
      test("railties") { assert_railties_loaded "active_record/railtie", "action_mailer/railtie" }
      test("active record") { refute_railtie_loaded "active_record/railtie" }
      test("geocoder") { refute_gem_loaded_at_boot "geocoder" }
      test("sentry") { refute_gem_loaded_at_boot "sentry-ruby" }
      test("not deferred") { assert_gem_deferred "geocoder" }
      test("staging") { assert_boot_rss_below "1 GB", env: "staging" }
      test("staging, too") { assert_railties_loaded "active_record/railtie", env: :staging }
      test("nothing") { assert_boot_anon_below "-3 MB" }
      test("nobody") { refute_gem_loaded_at_boot "geocodr" }
    end
  RUBY

  # Line of the assertion in BROKEN → what it says.
  MESSAGES = {
    4 => [
      %r{^held: \d+\.\d MiB in one boot, \d+\.\d MiB more than the limit of 20\.0 MiB \(test/broken_boot_test\.rb:4\)$},
      /^What would save most:$/, /^  \d\.\d MiB  fast_excel \S+  Gemfile:\d+$/, /^Begin with: memtrim explain active_record/
    ],
    5 => [%r{^action_mailer/railtie is not loaded in production: config/memtrim\.yml:1 leaves it out\. Put it in the list, or do without it here$}],
    6 => [%r{^active_record/railtie is loaded in production: config/memtrim\.yml:2 lists it\. Delete that line$}],
    7 => [%r{^geocoder \S+ was loaded at boot in production \(lib/geocoder/.+\)$}, /^by      Bundler\.require, for Gemfile:(\d+)\nedit    Gemfile:\1: add `require: false`, or defer it: memtrim defer geocoder$/],
    8 => [/^also    sentry-rails\b/],
    9 => [%r{^geocoder is not deferred in production: config/memtrim\.yml does not name it below defer:; `memtrim defer geocoder --write` puts it there$}],
    10 => [%r{^the app does not boot in staging: RuntimeError: no staging here \(config/environments/staging\.rb:1\)$}],
    11 => [%r{^the app does not boot in staging: RuntimeError: no staging here \(config/environments/staging\.rb:1\)$}],
    12 => [/^ArgumentError: -3 MB is no size to stay below: it must be more than 0, /],
    13 => [/^ArgumentError: no gem geocodr in the bundle; did you mean geocoder\?$/]
  }.freeze

  SPEC = <<~RUBY
    require "rails_helper"
    require "showcase_memtrim/rspec"

    RSpec.describe "the boot" do
      it("is small") { expect(boot).to use_less_than(400.megabytes).of(:rss).and use_less_than("400 MB").of(:anon) }
      it("holds little") { expect(boot).to use_less_than("400 MB").of(:held) }
      it("is quick") { expect(boot).to use_less_than(60).of(:seconds) }
      it("has a budget") { expect(boot).to be_within_budget }
      it { expect(boot).to load_railties("active_record/railtie", "action_controller/railtie") }
      it { expect(boot).not_to load_railtie("action_cable/engine") }
      it { expect(boot).not_to load_gem("rspec-rails") }
      it { expect(boot).to load_gem("oj") }
    end
  RUBY

  BROKEN_SPEC = <<~RUBY
    require "rails_helper"
    require "showcase_memtrim/rspec"

    RSpec.describe "the broken boot" do
      it { expect(boot).to use_less_than("20 MB").of(:held) }
      it { expect(boot).not_to load_railtie("active_record/railtie") }
      it { expect(boot).not_to load_gem("oj") }
      it { expect(boot).to defer_gem("oj") }
      it { expect(boot(env: "staging")).to use_less_than("1 GB").of(:rss) }
      it { expect(boot).to use_less_than("1 GB") }
      it { expect(boot).not_to use_less_than("1 GB").of(:rss) }
      it { expect(1).to load_gem("oj") }
    end
  RUBY

  SPEC_MESSAGES = [
    %r{^ +held: \d+\.\d MiB in one boot, \d+\.\d MiB more than the limit of 20\.0 MiB \(spec/broken_boot_spec\.rb:5\)$},
    %r{^ +active_record/railtie is loaded in production: config/application\.rb:\d+ lists it\. Delete that line$},
    %r{^ +oj \S+ was loaded at boot in production \(lib/oj/.+\)$},
    /^ +oj is not deferred in production: config\/application\.rb requires no showcase_memtrim\/rails, or there is no config\/memtrim\.yml; /,
    %r{^ +the app does not boot in staging: RuntimeError: no staging here \(config/environments/staging\.rb:1\)$},
    /^ +less than 1 GB of what\? use_less_than\(150\.megabytes\)\.of\(:rss\), or of :anon, :held, :seconds$/,
    /^ +`not_to use less than 1 GB of rss` says nothing: a limit holds from above$/,
    /^ +expect\(boot\)\.to load oj, not expect\(Integer\)$/
  ].freeze

  # Outside of Rails' runner, and of any bundle.
  PLAIN = <<~RUBY
    gem "minitest", ENV.fetch("MINITEST")
    require "minitest/autorun"
    require "showcase_memtrim/minitest"

    class PlainTest < Minitest::Test
      parallelize_me!

      def test_rss = assert_boot_rss_below("400 MB")

      def test_held = assert_boot_held_below("400 MB")

      def test_railties = assert_railties_loaded("active_record/railtie")

      def test_gems = refute_gem_loaded_at_boot("combine_pdf")

      def test_minitest = puts("Minitest \#{Minitest::VERSION}")
    end
  RUBY

  # Two workers ask at once, with simplecov counting lines and all of the app loaded.
  def test_parallel_by_processes_with_simplecov
    result, boots = suite("bin/rails", "test", "test/boot_test.rb", "test/broken_boot_test.rb", files: {**KEEPING, "test/broken_boot_test.rb" => BROKEN}, env: {"PARALLEL" => "processes", "COVERED" => "1"})
    assert_match(/^18 runs, 19 assertions, 8 failures, 2 errors, 0 skips$/, result.out)
    assert_match(/Line Coverage/, result.out)
    said = result.out.split(/^(?:Failure|Error):\n/)
    MESSAGES.each do |line, patterns|
      message = said.find { |text| text.include?("bin/rails test test/broken_boot_test.rb:#{line}\n") } or flunk "nothing of line #{line}: #{result.out}"
      patterns.each { |pattern| assert_match pattern, message }
    end
    assert_equal ["production counted", "production recorded", "test own SimpleCov Minitest FromRubyopt"], boots
  end

  def test_parallel_by_threads
    result, boots = suite("bin/rails", "test", "test/boot_test.rb", env: {"PARALLEL" => "threads", "RACK_ENV" => "test"})
    assert_passes result, 8
    assert_equal ["production counted", "test own Minitest FromRubyopt"], boots
  end

  # Its server lives on between two runs, which share nothing.
  def test_spring
    Dir.mktmpdir("spring") do |dir|
      server = {"SPRING_TMP_PATH" => dir}
      [1, 2].each do |runs|
        result, boots = suite("bundle", "exec", "spring", "rails", "test", "test/boot_test.rb", env: server)
        assert_passes result, 8
        assert_match(/Spring/, result.err)
        assert_equal ["production counted"] * runs, boots.grep(/production/)
        assert_equal 1, boots.grep(/test own/).size
      end
    ensure
      app.run("bundle", "exec", "spring", "stop", variables: server)
    end
  end

  # The newest Minitest that this Ruby can have.
  def test_minitest_without_rails_and_in_threads
    version = (RUBY_VERSION < "3.2") ? "~> 5.0" : "~> 6.0"
    home = File.join(AppCopy::ROOT, "tmp/minitest")
    unless Dir.exist?(home)
      installed = Memtrim.run_command("gem", "install", "--quiet", "--no-document", "--install-dir", home, "minitest", "--version", version)
      raise installed.err unless installed.status.success?
    end
    files = {"test/plain_test.rb" => PLAIN}
    result, boots = suite("ruby", "-I", File.join(AppCopy::ROOT, "lib"), "test/plain_test.rb", files: files, env: {"MINITEST" => version, "GEM_HOME" => home, "N" => "4"})
    assert_match(/^5 runs, 4 assertions, 0 failures, 0 errors, 0 skips$/, result.out, result.err)
    assert_match(/Minitest #{version[/\d/]}\./, result.out)
    assert_equal ["production counted"], boots
  end

  def test_rspec
    result, boots = suite("bundle", "exec", "rspec", "spec/boot_spec.rb", "spec/broken_boot_spec.rb", files: {"spec/boot_spec.rb" => SPEC, "spec/broken_boot_spec.rb" => BROKEN_SPEC}, of: SuiteApp.of("api"))
    assert_match(/^16 examples, 8 failures$/, result.out)
    SPEC_MESSAGES.each { |message| assert_match message, result.out }
    assert_equal ["production counted", "production recorded"], boots.grep(/production/)
  end

  def teardown
    FileUtils.rm_rf(@notes) if @notes
    super
  end

  private

  KEEPING = {"test/boot_helper.rb" => HELPER, "test/boot_test.rb" => KEPT}.freeze
  private_constant :KEEPING

  def app
    SuiteApp.of("tenant")
  end

  def suite(*command, files: KEEPING, env: {}, of: app)
    @notes ||= Dir.mktmpdir("notes")
    of.suite(*command, files: files, notes: @notes, env: env)
  end

  def assert_passes(result, runs)
    assert_match(/^#{runs} runs, 1\d assertions, 0 failures, 0 errors, 0 skips$/, result.out, result.err)
    assert result.status.success?
  end
end
