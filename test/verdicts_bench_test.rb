# frozen_string_literal: true

require "minitest/autorun"
require_relative "../bench/support/verdicts"

# How bench/verdicts counts, with verdicts written by hand.
class VerdictsBenchTest < Minitest::Test
  LABELS = {
    "used" => {best: "keep"}, "rare" => {best: "defer", also: %w[keep], evidence: "app/rare.rb"}, "odd" => {best: "keep", also: %w[unknown]},
    "gone" => {best: "remove", confidence: "proved"}, "left" => {best: "remove", also: %w[unknown]}, "probe" => {best: "move", also: %w[unknown]},
    "pinned" => {best: "any"}, "some/engine" => {best: "remove", also: %w[unknown]}
  }.to_h { |name, label| [name, Verdicts::Label.new(name: name, why: "so", **label)] }.freeze
  RIGHT = {"used" => "keep", "rare" => "defer", "odd" => "unknown", "gone" => "remove", "left" => "remove", "probe" => "move", "some/engine" => "remove"}.freeze

  def test_all_right
    score = score(RIGHT)
    assert_equal [[], [], [], [], []], [score.false_removes, score.false_defers, score.false_keeps, score.missed, score.unproved]
    assert_equal [%w[gone left probe some/engine]] * 3, [score.unused, score.found, score.removed]
    assert_empty summary(score).broken
  end

  def test_a_false_remove_is_never_forgiven
    %w[used rare odd].each do |name|
      score = score({**RIGHT, name => "remove"})
      assert_equal [name], score.false_removes
      assert_equal ["app: #{name}: remove, and it is in use"], summary(score).broken.first(1)
    end
    assert_empty score({**RIGHT, "pinned" => "remove"}).false_removes
  end

  def test_what_nobody_has_labelled_can_not_be_removed
    assert_equal %w[surprise], score({**RIGHT, "surprise" => "remove"}).false_removes
    assert_empty score({**RIGHT, "surprise" => "keep"}).false_removes
  end

  # A gem of the tests deleted breaks them; an unused one moved stays where it is not needed.
  def test_moving_is_not_removing
    assert_equal %w[probe], score({**RIGHT, "probe" => "remove"}).false_removes
    assert_equal %w[gone], score({**RIGHT, "gone" => "move"}).false_removes
  end

  def test_unused_things_that_are_not_found
    score = score({**RIGHT, "gone" => "unknown", "left" => "keep", "probe" => "defer"})
    assert_equal %w[some/engine], score.removed
    assert_equal %w[gone some/engine], score.found
    assert_equal %w[left probe], score.false_keeps
    assert_empty score.missed, "they are counted once"
    assert_equal ["memtrim finds 2 of 4 that are unused, at least 90 %"], summary(score).broken.grep(/finds/)
    assert_equal ["app: gone is unknown, not remove", "app: left is keep, not remove", "app: probe is defer, not move"], comparison(score).notes
  end

  def test_defers_and_misses
    score = score({**RIGHT, "used" => "defer", "odd" => nil, "rare" => "unknown"})
    assert_equal %w[used], score.false_defers
    assert_equal %w[rare odd], score.missed
    assert_equal ["app: used: defer, and it does not bear that"], comparison(score).broken
    assert_equal ["app: rare is unknown, not defer", "app: odd is not named, not keep"], comparison(score).notes
  end

  def test_evidence_and_confidence_are_held_to_the_label
    verdicts = verdicts(RIGHT)
    verdicts["rare"].files = ["app/other.rb"]
    verdicts["gone"].confidence = "observed"
    assert_equal ["rare without app/rare.rb", "gone is observed, not proved"], Verdicts::Score.new("memtrim", "app", LABELS, verdicts).unproved
  end

  def test_source_alone_removes_nothing_and_edits_work
    comparison = comparison(score(RIGHT), static: verdicts("gone" => "remove", "left" => "unknown"), deferred: {"rare" => "does not boot: no", "odd" => nil})
    assert_equal ["app: gone: remove, by its source alone", "app: rare: deferred as told, the app does not boot: no"], comparison.broken
  end

  def test_peers_break_no_limit_and_know_no_railties
    degem = Verdicts::Score.new("degem", "app", LABELS, Verdicts::Degem.read(<<~TEXT), silent: "keep", railties: false)
      ......

      The following gems may be unused (2):

      used: https://example.com/used
      ==============================

      gone
      ====

      abc1234 (2024-01-01) Add gone
      https://example.com/used/commit/abc1234

    TEXT
    assert_equal [%w[used], %w[gone], %w[left probe]], [degem.false_removes, degem.found, degem.false_keeps]
    assert_equal "keep", degem.said("rare")
    refute_includes degem.labels, "some/engine"
    assert_empty summary(degem).broken
    assert_equal ["degem", "7"], summary(degem).lines.last.split.first(2)
  end

  def test_verdicts_as_json_has_them
    json = {"name" => "probe", "kind" => "gem", "verdict" => "remove", "confidence" => "proved", "evidence" => [{"file" => "test/x.rb", "line" => 1, "why" => "y"}, {"file" => nil}]}
    deletes = Verdicts::Verdict.of({**json, "edit" => {"file" => "Gemfile", "text" => "delete line 3", "lines" => ["gem \"probe\""]}})
    assert_equal ["remove", "proved", ["test/x.rb"]], [deletes.verdict, deletes.confidence, deletes.files]
    moves = Verdicts::Verdict.of({**json, "edit" => {"file" => "Gemfile", "text" => "move it", "lines" => ["group :development, :test do", "  gem \"probe\"", "end"]}})
    assert_equal "move", moves.verdict
    assert_equal "unknown", Verdicts::Verdict.of({"name" => "x", "verdict" => "unknown", "edit" => nil}).verdict
  end

  def test_edits_that_defer
    [["defer:", "  oj: [Oj]"], ["  oj: [Oj]"], ["oj: [Oj]"]].each { |lines| assert_equal({"oj" => ["Oj"]}, Verdicts::DeferralCheck.entries({"lines" => lines})) }
    [nil, {}, {"lines" => []}, {"lines" => ["write it by hand"]}, {"lines" => ["oj: ["]}].each { |edit| assert_nil Verdicts::DeferralCheck.entries(edit), edit.inspect }
  end

  # Of each app every gem of the Gemfile, and every railtie of its own list.
  def test_all_is_labelled
    assert_equal Verdicts::Subject::NAMES.sort, Verdicts::Labels.apps.sort
    {"tenant" => 10, "api" => 5, "garden" => 10}.each do |app, railties|
      gems = (app == "garden") ? AwkwardApp::GEMS : File.read(File.join(AppCopy::APPS, app, "Gemfile"))
      gems = gems.scan(/^ *gem "(.+?)"/).flatten - ["showcase_memtrim"]
      gems += AwkwardGems.all.map(&:name) if app == "garden"
      labelled_railties, labelled_gems = Verdicts::Labels.of(app).values.partition(&:railtie?)
      assert_equal gems.sort, labelled_gems.map(&:name).sort, app
      assert_equal railties, labelled_railties.size, app
    end
    assert_empty Verdicts::FreshApp::GEMS.scan(/"(.+?)"/).flatten - Verdicts::Labels.of("fresh").keys
  end

  # Their questions are what the labels were made by.
  def test_labels_and_questions_agree
    labels = Verdicts::Labels.of(AwkwardApp::NAME)
    unused = AwkwardGems.all.reject(&:used?).map(&:name)
    assert_equal unused, AwkwardGems.all.map(&:name).select { |name| %w[remove any].include?(labels.fetch(name).best) }
  end

  private

  def verdicts(said)
    said.compact.to_h { |name, verdict| [name, Verdicts::Verdict.new(name: name, verdict: verdict, confidence: "proved", files: ["app/#{name}.rb"])] }
  end

  def score(said)
    Verdicts::Score.new("memtrim", "app", LABELS, verdicts(said))
  end

  def comparison(score, **options)
    Verdicts::Comparison.new("app", [score], **options)
  end

  def summary(score)
    Verdicts::Summary.new([comparison(score)])
  end
end
