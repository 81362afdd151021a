# frozen_string_literal: true

require "minitest/autorun"
require "stringio"
require_relative "../support/app_on_disk"
require_relative "../../lib/showcase_memtrim/experiment/store"

# Trials are there the next time; and where they can't be kept, nothing fails.
class StoreTest < Minitest::Test
  include AppOnDisk

  Store = ShowcaseMemtrim::Experiment::Store

  def setup
    super
    @directory = File.join(ENV["TMPDIR"], "cache/trials")
    @progress = StringIO.new
  end

  def teardown
    FileUtils.rm_rf(File.join(ENV["TMPDIR"], "cache"))
    super
  end

  def test_trials_are_kept_by_fingerprint_and_variant
    assert_empty store.trials("stock")
    store.add("stock", {"held_bytes" => 1, "list" => [1.5, nil, "ä"]})
    store.add("stock", held_bytes: 2)
    store.add("stock without\na", "held_bytes" => 3)
    first, second = store.trials("stock")
    assert_equal({"held_bytes" => 1, "list" => [1.5, nil, "ä"], "kept" => true}, first.except("measured_at"))
    assert_match(/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\z/, first["measured_at"])
    assert_equal [2, [3]], [second["held_bytes"], store.trials("stock without\na").map { |trial| trial["held_bytes"] }]
    assert_empty store("f2").trials("stock")
    assert_empty @progress.string
    assert_equal [0o600, 0o700], [file, @directory].map { |path| File.stat(path).mode & 0o777 }
  end

  def test_lines_that_are_broken
    store.add("a", "n" => 1)
    File.binwrite(file, "\xFF\xFE\n\n[1]\n{}\n{\"variant\":\"a\",\"trial\":3}\n{\"variant\":\"a\",\"tri", mode: "a")
    store.add("a", "n" => 2)
    assert_equal [1, 2], store.trials("a").map { |trial| trial["n"] }
  end

  def test_runs_at_once
    store.add("a", "n" => "")
    4.times { |run| fork { 50.times { |number| Store.new("f1", directory: @directory).add("a", "n" => "#{run}-#{number}" * 1000) } || exit!(0) } }
    Process.waitall
    assert_equal 201, store.trials("a").map { |trial| trial["n"] }.uniq.size
  end

  def test_old_files_go_when_a_store_is_opened
    FileUtils.mkdir_p(@directory)
    60.times { |number| write_aged("f#{number}", number * 3600) }
    write_aged("other", 31 * 24 * 3600)
    FileUtils.touch(File.join(@directory, "foreign.txt"), mtime: Time.at(0))
    store("new")
    assert_equal [*(0...50).map { |number| "f#{number}.jsonl" }, "foreign.txt"].sort, Dir.children(@directory).sort
    FileUtils.rm_f(Dir[File.join(@directory, "f?*.jsonl")])
    write_aged("old", 31 * 24 * 3600)
    write_aged("young", 29 * 24 * 3600)
    store("old")
    assert_equal %w[foreign.txt young.jsonl], Dir.children(@directory).sort
  end

  def test_where_nothing_can_be_kept_it_says_so_once
    blocked = File.join(ENV["TMPDIR"], "cache")
    File.write(blocked, "a file")
    [[@directory, /not kept.*(Not a directory|File exists)/], ["/proc/nowhere", /not kept/], ["/dev/full/x", /not kept/], [nil, /XDG_CACHE_HOME/]].each do |directory, says|
      progress = StringIO.new
      store = Store.new("f1", directory: directory, progress: progress)
      2.times { store.add("a", "n" => 1) }
      assert_empty store.trials("a")
      assert_match says, progress.string
      assert_equal 1, progress.string.lines.size
    end
  end

  def test_what_json_can_not_hold
    store = self.store
    [{"n" => Float::NAN}, {"n" => "\xFF"}].each { |trial| store.add("a", trial) }
    assert_match(/\Amemtrim: trials are not kept.*\n\z/, @progress.string)
    assert_empty store.trials("a")
  end

  def test_a_full_disk
    FileUtils.mkdir_p(@directory)
    File.symlink("/dev/full", file)
    store.add("a", "n" => 1)
    assert_match(/not kept.*No space/, @progress.string)
  end

  def test_where
    assert_equal "/c/showcase_memtrim/trials", Store.directory("XDG_CACHE_HOME" => "/c", "HOME" => "/h")
    assert_equal "/h/.cache/showcase_memtrim/trials", Store.directory("XDG_CACHE_HOME" => "relative", "HOME" => "/h")
    assert_equal "/h/.cache/showcase_memtrim/trials", Store.directory("HOME" => "/h")
  end

  private

  def store(fingerprint = "f1")
    Store.new(fingerprint, directory: @directory, progress: @progress)
  end

  def file
    File.join(@directory, "f1.jsonl")
  end

  def write_aged(name, seconds)
    FileUtils.mkdir_p(@directory)
    FileUtils.touch(File.join(@directory, "#{name}.jsonl"), mtime: Time.now - seconds)
  end
end
