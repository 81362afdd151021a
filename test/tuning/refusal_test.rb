# frozen_string_literal: true

require "minitest/autorun"
require "tmpdir"
require "showcase_memtrim/tuning"
require_relative "../../bench/support/jemalloc"

# What Ruby, the linker and the allocators do not take: asked of this machine's own.
class RefusalTest < Minitest::Test
  Refusal = ShowcaseMemtrim::Tuning::Refusal
  GLIBC = ShowcaseMemtrim::Recorder.allocator == "glibc"

  def test_what_ruby_takes
    assert_nil Refusal.of({"RUBY_GC_HEAP_FREE_SLOTS_MIN_RATIO" => "0.05", "RUBY_GC_HEAP_FREE_SLOTS_GOAL_RATIO" => "0.10", "RUBY_GC_MALLOC_LIMIT" => "4M"}, [])
    assert_nil Refusal.of({"RUBY_GC_MALLOC_LIMIT" => ""}, []), "as if it were not set"
    assert_nil Refusal.of({"RUBY_GC_MALLOC_LIMIT" => nil, "APP_NAME" => "RUBY_GC_NOPE"}, [])
  end

  {
    {"RUBY_GC_MALLOC_LIMIT" => "lots"} => "Ruby ignores RUBY_GC_MALLOC_LIMIT=lots: that is no number",
    {"RUBY_GC_MALLOC_LIMIT" => "-1"} => "Ruby ignores RUBY_GC_MALLOC_LIMIT=-1: it must be greater than 0",
    {"RUBY_GC_HEAP_GROWTH_FACTOR" => "0.5"} => "Ruby ignores RUBY_GC_HEAP_GROWTH_FACTOR=0.5: it must be greater than 1.000000",
    {"RUBY_GC_HEAP_FREE_SLOTS_MAX_RATIO" => "2"} => "Ruby ignores RUBY_GC_HEAP_FREE_SLOTS_MAX_RATIO=2: it must be lower than 1.000000",
    # Each is fine by itself.
    {"RUBY_GC_HEAP_FREE_SLOTS_MIN_RATIO" => "0.15", "RUBY_GC_HEAP_FREE_SLOTS_GOAL_RATIO" => "0.10"} => "Ruby ignores RUBY_GC_HEAP_FREE_SLOTS_GOAL_RATIO=0.10: it must be greater than 0.150000",
    {"RUBY_GC_NOPE" => "1"} => "Ruby #{RUBY_VERSION} knows no variable RUBY_GC_NOPE",
    {"RUBYOPT" => "-rno/such/file"} => /Ruby does not start with these: .*no\/such\/file/,
    {"RUBYOPT" => "--nonsense"} => /Ruby does not start with these: .*nonsense/
  }.each do |variables, words|
    define_method(:"test_ruby_refuses_#{variables.map { |pair| pair.join("=") }.join(" ")}") do
      assert_operator words, :===, Refusal.of(variables, [])
    end
  end

  {
    {"MALLOC_ARENA_MAX" => "1", "MALLOC_TRIM_THRESHOLD_" => "131072", "MALLOC_MMAP_THRESHOLD_" => "0x10000"} => nil,
    {"GLIBC_TUNABLES" => "glibc.malloc.tcache_count=2:glibc.malloc.arena_max=2"} => nil,
    {"MALLOC_ARENA_MAX" => "few"} => "glibc ignores MALLOC_ARENA_MAX=few: that is no number",
    {"MALLOC_ARENA_MAX" => "-1"} => "glibc ignores MALLOC_ARENA_MAX=-1: that is no number",
    {"MALLOC_ARENA_MAX" => "0"} => "glibc ignores MALLOC_ARENA_MAX=0: it is out of range",
    {"MALLOC_MMAP_THRESHOLD_" => "12abc"} => "glibc ignores MALLOC_MMAP_THRESHOLD_=12abc: that is no number",
    {"MALLOC_MMAP_THRESHOLD_" => "99999999"} => "glibc ignores MALLOC_MMAP_THRESHOLD_=99999999: it takes at most 33554432",
    {"GLIBC_TUNABLES" => "glibc.malloc.nope=1"} => "glibc knows no tunable glibc.malloc.nope",
    {"GLIBC_TUNABLES" => "glibc.malloc.arena_max=few"} => "glibc ignores glibc.malloc.arena_max=few: it is out of range",
    {"MALLOC_CONF" => "narenas:1"} => "MALLOC_CONF has no effect: the allocator is glibc",
    {"MALLOC_ARENAS" => "1"} => "no allocator here knows MALLOC_ARENAS"
  }.each do |variables, words|
    define_method(:"test_glibc_is_asked_about_#{variables.map { |pair| pair.join("=") }.join(" ")}") do
      skip "another allocator" unless GLIBC
      words ? assert_equal(words, Refusal.of(variables, [])) : assert_nil(Refusal.of(variables, []))
    end
  end

  def test_what_an_app_has_may_be_without_effect
    assert_nil Refusal.of({"MALLOC_CONF" => "narenas:1"}, [], strict: false)
  end

  def test_libraries
    Dir.mktmpdir do |dir|
      text, spaced = %w[text.so a\ b.so].map { |name| File.join(dir, name).tap { |file| File.write(file, "text") } }
      assert_equal "#{text} can't be preloaded here: file too short", Refusal.of({}, [text])
      assert_match(/takes no space and no colon/, Refusal.of({}, [spaced]))
      assert_match(/no such library to preload/, Refusal.of({}, ["#{dir}/none.so"]))
      assert_match(/libnone\.so can't be preloaded here/, Refusal.of({}, ["libnone.so"]))
      assert_match(/but a directory/, Refusal.of({}, [dir]))
    end
  end

  def test_no_permission
    Dir.mktmpdir do |dir|
      file = File.join(dir, "lib.so")
      FileUtils.touch(file)
      File.chmod(0o755, dir)
      File.chmod(0, file)
      assert_equal "no permission to preload #{file}: it can't be read", as_nobody { Refusal.of({}, [file]) }
    end
  end

  def test_jemalloc
    library = ::Jemalloc.library or skip "no jemalloc here"
    assert_nil Refusal.of({"MALLOC_CONF" => "narenas:1,dirty_decay_ms:0"}, [library])
    assert_equal "jemalloc refuses what MALLOC_CONF says: Invalid conf pair: nope:1", Refusal.of({"MALLOC_CONF" => "nope:1"}, [library])
    assert_equal "jemalloc refuses what MALLOC_CONF says: Invalid conf value: dirty_decay_ms:soon", Refusal.of({"MALLOC_CONF" => "narenas:1,dirty_decay_ms:soon"}, [library])
    assert_equal "MALLOC_ARENA_MAX has no effect: the allocator is jemalloc", Refusal.of({"MALLOC_ARENA_MAX" => "1"}, [library])
  end

  private

  # Root may read everything.
  def as_nobody
    return yield unless Process.uid.zero?
    reader, writer = IO.pipe
    pid = fork do
      reader.close
      Process::Sys.setuid(65_534)
      writer.write(yield.to_s)
      writer.close
      exit!(0)
    end
    writer.close
    reader.read
  ensure
    Process.wait(pid) if pid
    reader&.close
  end
end
