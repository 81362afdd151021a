# frozen_string_literal: true

require "minitest/autorun"
require "showcase_memtrim/configuration"

# config/memtrim.yml as it is read: what it may say, and how it is refused.
class ConfigurationTest < Minitest::Test
  def test_a_list_with_its_lines
    configuration = read("# the list\nrailties:\n  - active_record/railtie # models\n  - action_view/railtie\n")
    assert_equal [["active_record/railtie", 3], ["action_view/railtie", 4]], configuration.railties.map { |entry| [entry.name, entry.line] }
    assert_equal 2, configuration.railties_line
  end

  def test_deferred_gems_in_each_way_to_write_them
    configuration = read(<<~YAML)
      defer:
        combine_pdf: CombinePDF
        geocoder: [Geocoder]
        rubyzip:
          - Zip
        money:
          constants: [Money, Monetize]
          force: the initializer only sets a currency
    YAML
    assert_equal({"combine_pdf" => %w[CombinePDF], "geocoder" => %w[Geocoder], "rubyzip" => %w[Zip], "money" => %w[Money Monetize]}, configuration.deferred.to_h { |entry| [entry.name, entry.constants] })
    assert_equal [nil, nil, nil, "the initializer only sets a currency"], configuration.deferred.map(&:force)
    assert_equal [2, 3, 4, 6], configuration.deferred.map(&:line)
    assert_nil configuration.railties
  end

  def test_ignored_findings_with_their_reasons
    configuration = read("ignore:\n  chronic: the console uses it\n  action_text/engine: next month\n")
    assert_equal [["chronic", "the console uses it", 2], ["action_text/engine", "next month", 3]], configuration.ignored.map { |entry| [entry.name, entry.reason, entry.line] }
    assert_empty read("ignore:\n").ignored
  end

  def test_a_budget_with_its_lines
    limits = read(<<~YAML).budget
      budget:
        rss: 150 MB # of a tenant
        anon: 1.5GiB
        held: 73400320
        seconds: 4.5
        growth: 500 KB
        gems:
          sentry-ruby: 4 MB
        railties:
          action_mailer/railtie: "4 MB"
    YAML
    assert_equal [
      {measure: "rss", limit: 150 << 20, place: "config/memtrim.yml:2"}, {measure: "anon", limit: 3 << 29, place: "config/memtrim.yml:3"},
      {measure: "held", limit: 70 << 20, place: "config/memtrim.yml:4"}, {measure: "seconds", limit: 4.5, place: "config/memtrim.yml:5"},
      {measure: "growth", limit: 500 << 10, place: "config/memtrim.yml:6"}, {measure: "gem", name: "sentry-ruby", limit: 4 << 20, place: "config/memtrim.yml:8"},
      {measure: "railtie", name: "action_mailer/railtie", limit: 4 << 20, place: "config/memtrim.yml:10"}
    ], limits.map(&:to_h)
  end

  def test_no_budget
    [nil, "", "budget:\n", "budget: {}\n", "budget:\n  gems:\n  railties: {}\n"].each { |text| assert_empty read(text).budget }
  end

  # It is no business of a boot, which would pay for it.
  def test_an_app_reads_no_budget_at_its_boot
    program = %(require "showcase_memtrim/configuration"; ShowcaseMemtrim::Configuration.new("budget: { rss: never }"); print $LOADED_FEATURES.grep(/budget|size\\.rb/))
    assert_equal "[]", IO.popen([RbConfig.ruby, "-I", File.expand_path("../../lib", __dir__), "-e", program], &:read)
  end

  def test_nothing_is_said
    [nil, "", "# only a comment\n", "---\n", "defer:\n", "defer: {}\n"].each do |text|
      configuration = read(text)
      assert_nil configuration.railties
      assert_empty configuration.deferred
    end
  end

  def test_how_it_is_enforced
    assert_equal %w[raise raise warn warn], %w[development test production staging].map { |environment| read("").enforce(environment) }
    assert_equal "off", read("enforce: off").enforce("test")
    assert_equal "raise", read("enforce: 'raise'").enforce("production")
  end

  REFUSED = {
    "railtis:\n  - x\n" => "config/memtrim.yml:1: no key railtis; did you mean railties?; the keys are railties, enforce, defer, ignore, budget",
    "defer:\n  x: [X]\nbudgets: 1\n" => "config/memtrim.yml:3: no key budgets; did you mean budget?; the keys are railties, enforce, defer, ignore, budget",
    "railties: []\n" => "config/memtrim.yml:1: railties: is an empty list; name those that the app needs, or take the key out for all of rails/all",
    "railties:\n" => "config/memtrim.yml:1: railties: is an empty list; name those that the app needs, or take the key out for all of rails/all",
    "railties:\n  a: b\n" => "config/memtrim.yml:1: railties: wants a list (- action_controller/railtie)",
    "railties:\n  - a\n  - b\n  - a\n" => "config/memtrim.yml:4: a stands here for the second time",
    "defer:\n  x: [X]\n  x: [Y]\n" => "config/memtrim.yml:3: x stands here for the second time",
    "defer: [x]\n" => "config/memtrim.yml:1: defer: wants gems with their constants (combine_pdf: [CombinePDF])",
    "defer:\n  fast_excel:\n" => "config/memtrim.yml:2: fast_excel: wants the constants that load it (fast_excel: [FastExcel]); `memtrim defer fast_excel` finds them",
    "defer:\n  x: [y]\n" => "config/memtrim.yml:2: y is no top-level constant's name",
    "defer:\n  x: ['A::B']\n" => "config/memtrim.yml:2: A::B is no top-level constant's name",
    "defer:\n  x:\n    constants: [X]\n    forse: why\n" => "config/memtrim.yml:4: no key forse for a deferred gem; it takes constants and force",
    "defer:\n  x:\n    constants: [X]\n    force:\n" => "config/memtrim.yml:4: force: wants the reason why x is deferred all the same",
    "enforce: rise\n" => "config/memtrim.yml:1: enforce: is one of raise, warn, off, not rise",
    "enforce: [warn]\n" => "config/memtrim.yml:1: enforce: is one of raise, warn, off",
    "- action_view/railtie\n" => "config/memtrim.yml:1: this is no mapping; its keys are railties, enforce, defer, ignore, budget",
    "ignore:\n  - chronic\n" => "config/memtrim.yml:2: ignore: wants gems, railties and rules of `memtrim doctor`, each with the reason (chronic: used by the console)",
    "ignore:\n  chronic:\n" => "config/memtrim.yml:2: chronic: wants the reason why its finding is ignored",
    "ignore:\n  chronic: ' '\n" => "config/memtrim.yml:2: chronic: wants the reason why its finding is ignored",
    "railties:\n\t- a\n" => "config/memtrim.yml:2: not YAML: found character that cannot start any token while scanning for the next token"
  }.freeze

  REFUSED.each do |text, message|
    define_method(:"test_refused_#{text.inspect}") do
      assert_equal message, assert_raises(ShowcaseMemtrim::Error) { read(text) }.message
    end
  end

  SIZE = 'as in "150 MB", "1.5 GiB", or a number of bytes'
  OVER_BUDGET = {
    "budget: 150 MB\n" => ":1: budget: wants limits by their names (rss: 150 MB); they are rss, anon, held, seconds, growth, gems, railties",
    "budget:\n  anonn: 1 MB\n" => ":2: no key anonn in budget:; did you mean anon?; its keys are rss, anon, held, seconds, growth, gems, railties",
    "budget:\n  rss: 0\n" => ":2: rss: 0 is no size to stay below: it must be more than 0, #{SIZE}",
    "budget:\n  rss: 1 MB\n  held: -5 MB\n" => ":3: held: -5 MB is no size to stay below: it must be more than 0, #{SIZE}",
    "budget:\n  anon: lots\n" => ":2: anon: lots is no size; write it #{SIZE}",
    "budget:\n  anon:\n" => ":2: anon: wants one size, #{SIZE}",
    "budget:\n  growth: [1 MB]\n" => ":2: growth: wants one size, #{SIZE}",
    "budget:\n  seconds: 0\n" => ":2: seconds: 0 is no time; write seconds above 0, as in 4.5",
    "budget:\n  seconds: -1.5\n" => ":2: seconds: -1.5 is no time; write seconds above 0, as in 4.5",
    "budget:\n  seconds: soon\n" => ":2: seconds: soon is no time; write seconds above 0, as in 4.5",
    "budget:\n  seconds:\n" => ":2: seconds: wants seconds above 0, as in 4.5",
    "budget:\n  rss: 1 MB\n  rss: 2 MB\n" => ":3: rss stands here for the second time",
    "budget:\n  gems:\n    a: 1 MB\n    a: 2 MB\n" => ":4: a stands here for the second time",
    "budget:\n  gems: [sentry-ruby]\n" => ":2: gems: wants names with their limits (sentry-ruby: 4 MB)",
    "budget:\n  railties: 4 MB\n" => ":2: railties: wants names with their limits (action_mailer/railtie: 4 MB)",
    "budget:\n  gems:\n    sidekiq: 0 MB\n" => ":3: sidekiq: 0 MB is no size to stay below: it must be more than 0, #{SIZE}"
  }.freeze

  OVER_BUDGET.each do |text, message|
    define_method(:"test_refused_#{text.inspect}") do
      assert_equal "config/memtrim.yml#{message}", assert_raises(ShowcaseMemtrim::Error) { read(text).budget }.message
    end
  end

  private

  def read(text)
    ShowcaseMemtrim::Configuration.new(text)
  end
end
