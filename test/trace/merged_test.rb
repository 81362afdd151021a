# frozen_string_literal: true

require "minitest/autorun"
require "json"
require "tempfile"
require "showcase_memtrim"
require "showcase_memtrim/trace/text"

# Runs of a file, as one.
class TraceMergedTest < Minitest::Test
  HEADER = {
    "run" => "a", "at" => "2026-11-22T10:00:00+00:00", "command" => "bin/rails test", "lock" => "L", "deferred" => {"lazy" => ["Lazy"]}, "watched" => ["agent"], "unwatched" => {"oj" => "native"}, "boots" => {"lazy" => {"safe" => true}}
  }.freeze
  BOOTED = {"run" => "a", "booted" => "test", "deferred" => ["lazy"]}.freeze
  WATCHING = {"run" => "a", "watching" => "agent"}.freeze
  ENDED = {"run" => "a", "ended" => {"status" => 0, "signal" => nil, "seconds" => 1.5}}.freeze
  USE = {"run" => "a", "gem" => "lazy", "how" => "deferred", "constant" => "Lazy", "phase" => "request", "file" => "app/x.rb", "line" => 3, "direct" => true, "backtrace" => ["app/x.rb:3"]}.freeze
  WHOLE = [HEADER, BOOTED, WATCHING, ENDED].freeze

  def test_a_run_that_passed
    merged = merge(*WHOLE)
    assert_predicate merged, :passed?
    assert_equal [{command: "bin/rails test", status: 0, at: HEADER["at"], seconds: 1.5, booted: true}], merged.to_h[:runs]
    assert_equal({"lazy" => "deferred", "agent" => "watched", "oj" => "unwatched"}, hows(merged))
    assert_equal({"safe" => true}, merged.thing("lazy")[:boots])
    assert_equal "native", merged.thing("oj")[:why]
  end

  # What does not count as a pass: lines in place of the run's own, or beside them.
  NOT_PASSED = {
    "broken off" => [HEADER, BOOTED],
    "without the app" => [HEADER, ENDED],
    "failed" => [HEADER, BOOTED, {**ENDED, "ended" => {"status" => 1, "signal" => nil}}],
    "ended by a signal" => [HEADER, BOOTED, {**ENDED, "ended" => {"status" => 0, "signal" => "INT"}}],
    "another command failed" => [*WHOLE, {**HEADER, "run" => "b", "command" => "bin/rspec"}, {"run" => "b", "ended" => {"status" => 1}}],
    "failed when it was run again" => [*WHOLE, {**HEADER, "run" => "b"}, {"run" => "b", "ended" => {"status" => 1}}]
  }.freeze

  NOT_PASSED.each do |name, records|
    define_method(:"test_not_passed_#{name.tr(" ", "_")}") { refute_predicate merge(*records), :passed? }
  end

  def test_a_failure_that_was_mended_is_forgotten
    failed = [HEADER, BOOTED, {**ENDED, "ended" => {"status" => 1}}]
    assert_predicate merge(*failed, *WHOLE.map { |record| {**record, "run" => "b"} }), :passed?
  end

  def test_uses_of_a_failed_run_count_and_each_place_once
    merged = merge(HEADER, BOOTED, USE, {**USE, "pid" => 2}, {**USE, "line" => 9}, {**ENDED, "ended" => {"status" => 1}})
    assert_equal [3, 9], merged.uses("lazy").map { |use| use[:line] }
    assert_equal ["bin/rails test"], merged.uses("lazy").map { |use| use[:command] }.uniq
  end

  def test_deferred_only_where_each_run_that_passed_deferred_it
    second = [{**HEADER, "run" => "b", "deferred" => {}, "watched" => ["lazy"]}, {**BOOTED, "run" => "b", "deferred" => []}, {**ENDED, "run" => "b"}]
    assert_equal "unwatched", merge(*WHOLE, *second).thing("lazy")[:how]
    assert_equal "watched", merge(*WHOLE, *second, {"run" => "b", "watching" => "lazy"}).thing("lazy")[:how]
    assert_equal "unwatched", merge(HEADER, {**BOOTED, "deferred" => []}, ENDED).thing("lazy")[:how]
    assert_equal "unwatched", merge(*WHOLE, {"run" => "a", "missed" => ["lazy"]}).thing("lazy")[:how]
  end

  def test_watched_only_where_something_could_be_seen
    assert_match(/bin\/rails test loaded no method of it/, merge(HEADER, BOOTED, ENDED).thing("agent")[:why])
    assert_match(/too many/, merge(*WHOLE, {"run" => "a", "stopped" => "agent"}).thing("agent")[:why])
  end

  # A test's use hides what the app does next, where that can't be watched.
  def test_used_by_tests_only
    test = {**USE, "phase" => "test"}
    assert_equal "deferred", merge(*WHOLE, test).thing("lazy")[:how]
    native = {**HEADER, "unwatched" => {"lazy" => "native"}}
    assert_equal ["unwatched", "only a test uses it, as far as can be seen; native"], merge(native, BOOTED, ENDED, test).thing("lazy").values_at(:how, :why)
    assert_equal "deferred", merge(native, BOOTED, ENDED, USE).thing("lazy")[:how]
  end

  def test_another_lock_is_stale_and_its_uses_with_it
    merged = merge(*WHOLE, USE, lock: "M")
    assert_equal [[], 1, {}], merged.to_h.values_at(:runs, :stale, :things)
    assert_match(/^1 run with another Gemfile.lock does not count/, ShowcaseMemtrim::Trace::Text.new(merged).to_s)
  end

  # MEMTRIM_TRACE without `memtrim trace`: a server's log.
  def test_a_log_without_runs
    merged = merge({**USE, "run" => nil})
    assert_equal ["unwatched", ["app/x.rb"], [nil]], merged.thing("lazy").then { |thing| [thing[:how], thing[:uses].map { |use| use[:file] }, thing[:uses].map { |use| use[:command] }] }
  end

  def test_a_cut_off_last_line_is_left_out_and_told
    merged = read("#{WHOLE.map { |record| JSON.generate(record) }.join("\n")}\n{\"run\":\"a\",\"ge")
    assert_predicate merged, :truncated?
    assert_predicate merged, :passed?
    assert_match(/the last line is cut off/, ShowcaseMemtrim::Trace::Text.new(merged).to_s)
  end

  def test_what_is_no_trace_is_one_clear_error
    ["", "\n"].each { |before| assert_match(/:\d is no line of a trace; `memtrim trace --clear` removes it/, assert_raises(ShowcaseMemtrim::Error) { read("#{before}hello\nworld\n") }.message) }
    ["hello", "[1]", "{\"a\":1}", "\xFF\xFE"].each { |text| assert_raises(ShowcaseMemtrim::Error, text.inspect) { read("#{text}\n") } }
    assert_match(/no trace at \/nowhere/, assert_raises(ShowcaseMemtrim::Error) { ShowcaseMemtrim::Trace.read("/nowhere") }.message)
    assert_match(/can't be read: is a directory/, assert_raises(ShowcaseMemtrim::Error) { ShowcaseMemtrim::Trace.read("/tmp") }.message)
  end

  def test_an_empty_file
    assert_equal({runs: [], stale: 0, passed: false, things: {}}, read("").to_h)
  end

  private

  def merge(*records, lock: nil)
    read(records.map { |record| "#{JSON.generate(record)}\n" }.join, lock: lock)
  end

  def read(text, lock: nil)
    Tempfile.create do |file|
      File.binwrite(file.path, text)
      ShowcaseMemtrim::Trace.read(file.path, lock: lock)
    end
  end

  def hows(merged)
    merged.to_h[:things].transform_values { |thing| thing[:how] }
  end
end
