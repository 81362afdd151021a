# frozen_string_literal: true

require "minitest/autorun"
require "json"
require "tmpdir"
require "showcase_memtrim/guard/plan"
require "showcase_memtrim/guard/compile_cache"

# What a boot is held to, put together from an app's files; and which boots count.
class GuardPlanTest < Minitest::Test
  Plan = ShowcaseMemtrim::Guard::Plan
  Lock = ShowcaseMemtrim::Guard::Lock

  def test_all_of_an_apps_files
    with("config/memtrim.yml" => "budget:\n  rss: 150 MB\n", "memtrim.lock.json" => "{\"a\":1}\n", "Gemfile" => "\ngem \"rack\"\n") do |directory|
      plan = Plan.new(directory)
      assert_predicate plan, :any?
      assert_equal({
        "limits" => [{"measure" => "rss", "limit" => 150 << 20, "place" => "config/memtrim.yml:2"}],
        "baseline" => {"path" => "memtrim.lock.json", "text" => "{\"a\":1}\n", "blame_only" => false}, "lines" => {"rack" => "Gemfile:2"}
      }, JSON.parse(JSON.generate(plan)))
    end
  end

  def test_nothing_to_hold_a_boot_to
    with({}) do |directory|
      plan = Plan.new(directory)
      refute_predicate plan, :any?
      assert_equal({"limits" => [], "baseline" => nil, "lines" => {}}, JSON.parse(JSON.generate(plan)))
      limits = [ShowcaseMemtrim::Configuration::Limit.new(measure: "held", limit: 5, line: 1)]
      assert_predicate Plan.new(directory, limits: limits, lock: nil), :any?
    end
  end

  def test_a_lock_elsewhere_and_one_that_is_no_text
    with("other/lock.json" => "\xFF{}".b) do |directory|
      lock = Lock.new(directory, File.join(directory, "other/lock.json"))
      assert_equal({path: "other/lock.json", text: "\uFFFD{}"}, lock.to_h)
      error = assert_raises(ShowcaseMemtrim::Error) { Lock.new(directory, File.join(directory, "other")).text }
      assert_equal "other can't be read: is a directory", error.message
      error = assert_raises(ShowcaseMemtrim::Error) { Lock.new(directory, File.join(directory, "none/lock.json")).write("{}") }
      assert_equal "none/lock.json can't be written: no such file or directory", error.message
    end
  end

  def test_a_boot_that_compiles_is_not_the_one_that_counts
    with("tmp/cache/bootsnap/compile-cache-iseq/a1/x" => "") do |directory|
      cache = ShowcaseMemtrim::Guard::CompileCache.new(directory)
      writes = [["a1/y", "b2/z"], [], []]
      boots = 0
      boot = lambda do
        writes.shift.each { |name| put(File.join(directory, "tmp/cache/bootsnap/compile-cache-iseq", name), "") }
        boots += 1
      end
      assert_equal 2, cache.warm(&boot), "the second, which had compiled nothing"
      assert_equal 3, cache.warm(&boot), "it need not be repeated"
    end
  end

  def test_a_cache_that_never_settles_is_taken_as_it_is
    with({}) do |directory|
      boots = 0
      cache = ShowcaseMemtrim::Guard::CompileCache.new(directory, {"BOOTSNAP_CACHE_DIR" => "elsewhere"})
      assert_equal(3, cache.warm { put(File.join(directory, "elsewhere/bootsnap/compile-cache-yaml/#{boots += 1}/x"), "") && boots })
    end
  end

  private

  def with(files)
    Dir.mktmpdir("plan") do |dir|
      directory = File.realpath(dir)
      files.each { |path, content| put(File.join(directory, path), content) }
      yield directory
    end
  end

  def put(file, content)
    FileUtils.mkdir_p(File.dirname(file))
    File.binwrite(file, content)
  end
end
