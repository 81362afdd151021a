# frozen_string_literal: true

require "minitest/autorun"
require "rbconfig"
require "showcase_memtrim"
require_relative "support/memtrim"

# ShowcaseMemtrim.memory, against the kernel's own figures.
class MemoryTest < Minitest::Test
  MIB = 1 << 20
  LIBRARY = File.expand_path("../lib/showcase_memtrim", __dir__)

  def setup
    skip "needs /proc" unless File.exist?("/proc/self/smaps_rollup")
  end

  def test_it_is_what_the_kernel_says
    ShowcaseMemtrim.memory # loads the extension
    GC.disable # or a collection in between gives back what other tests held
    memory, rollup = ShowcaseMemtrim.memory, kernels
    {anon_bytes: rollup["Anonymous"] + rollup["Swap"], rss_bytes: rollup["Rss"], pss_bytes: rollup["Pss"], swap_bytes: rollup["Swap"]}.each do |name, bytes|
      assert_in_delta bytes, memory[name], 2 * MIB, name
    end
    assert_in_delta GC.stat(:heap_live_slots), memory.held_slots, 5000
    assert_in_delta GC.stat(:heap_free_slots), memory.free_slots, 5000
  ensure
    GC.enable
  end

  def test_without_pss_it_is_nearly_the_same
    GC.disable
    whole, counted = ShowcaseMemtrim.memory, ShowcaseMemtrim.memory(pss: false)
    assert_nil counted.pss_bytes
    assert_in_delta whole.anon_bytes, counted.anon_bytes, 3 * MIB
    assert_in_delta whole.rss_bytes, counted.rss_bytes, 3 * MIB
    assert_match(/\Aanon \d+\.\d, RSS \d+\.\d, swap \d+\.\d MiB; \d+ slots held, \d+ free\z/, counted.to_s)
  ensure
    GC.enable
  end

  def test_a_value_that_stays
    memory = ShowcaseMemtrim.memory
    assert_predicate memory, :frozen?
    assert_raises(FrozenError) { memory.anon_bytes = 1 }
    assert_equal %i[anon_bytes rss_bytes pss_bytes swap_bytes held_slots free_slots], memory.to_h.keys
    assert(memory.to_h.values.all? { |value| value.is_a?(Integer) && value >= 0 })
    assert_match(/\Aanon \d+\.\d, RSS \d+\.\d, PSS \d+\.\d, swap \d+\.\d MiB; \d+ slots held, \d+ free\z/, memory.to_s)
    assert_in_delta memory.anon_bytes.fdiv(MIB), memory.to_s[/anon (\d+\.\d)/, 1].to_f, 0.06
  end

  [true, false].each do |pss|
    define_method(:"test_what_is_held_is_in_it_#{pss ? "with" : "without"}_pss") do
      GC.disable # or a collection in between gives back what other tests held
      before = ShowcaseMemtrim.memory(pss: pss)
      held = "x" * (50 * MIB)
      after = ShowcaseMemtrim.memory(pss: pss)
      assert_in_delta 50 * MIB, after.anon_bytes - before.anon_bytes, 4 * MIB
      assert_in_delta 50 * MIB, after.rss_bytes - before.rss_bytes, 4 * MIB
      assert_equal 50 * MIB, held.bytesize
      GC.enable
      GC.start
      before = ShowcaseMemtrim.memory(pss: pss).held_slots
      objects = Array.new(200_000) { Object.new }
      GC.start
      assert_in_delta objects.size, ShowcaseMemtrim.memory(pss: pss).held_slots - before, 20_000
    ensure
      GC.enable
    end
  end

  def test_a_forked_child_has_figures_of_its_own
    ShowcaseMemtrim.memory
    reader, writer = IO.pipe
    pid = fork do
      held = "x" * (30 * MIB)
      writer.write(Marshal.dump([ShowcaseMemtrim.memory.to_h, kernels, held.bytesize]))
      exit!(0)
    end
    writer.close
    memory, rollup, = Marshal.load(reader.read) # rubocop:disable Security/MarshalLoad
    Process.wait(pid)
    assert_in_delta rollup["Anonymous"] + rollup["Swap"], memory[:anon_bytes], 2 * MIB
    assert_in_delta rollup["Pss"], memory[:pss_bytes], 4 * MIB
    assert_operator memory[:pss_bytes], :<, memory[:rss_bytes], "it shares pages with its parent"
  end

  def test_from_many_threads_while_others_work
    done = false
    working = Thread.new { Array.new(100) { "x" * 100_000 } until done }
    values = Array.new(8) { Thread.new { Array.new(50) { |index| ShowcaseMemtrim.memory(pss: index.even?) } } }.flat_map(&:value)
    done = true
    working.join
    assert_equal 400, values.size
    assert(values.all? { |memory| memory.frozen? && memory.anon_bytes.between?(5 * MIB, 2048 * MIB) && memory.rss_bytes > MIB })
  end

  # The kernel's answer of a large process takes a while; a counting thread must get on meanwhile.
  def test_other_threads_run_while_the_kernel_answers
    held = "x" * (256 * MIB)
    count, done = 0, false
    counting = Thread.new { (count += 1) && Thread.pass until done }
    Thread.pass until count > 0
    before = count
    100.times { ShowcaseMemtrim.memory }
    assert_operator count - before, :>, 100
    done = true
    counting.join
    assert_equal 256 * MIB, held.bytesize
  end

  def test_forks_while_other_threads_read
    ShowcaseMemtrim.memory
    done = false
    reading = Array.new(2) { Thread.new { ShowcaseMemtrim.memory until done } }
    pids = Array.new(20) { fork { exit!(ShowcaseMemtrim.memory ? 0 : 1) } }
    assert_equal [0], pids.map { |pid| Process.wait2(pid).last.exitstatus }.uniq
    done = true
    reading.each(&:join)
  end

  def test_it_allocates_next_to_nothing
    ShowcaseMemtrim.memory
    GC.disable
    before = GC.stat(:total_allocated_objects)
    100.times { ShowcaseMemtrim.memory }
    assert_operator GC.stat(:total_allocated_objects) - before, :<=, 500
  ensure
    GC.enable
  end

  def test_where_it_cant_be_had_is_nil_with_one_warning
    {
      "require 'showcase_memtrim/native'; def (ShowcaseMemtrim::OwnMemory).figures(_) = nil" => "this system does not say what a process uses (/proc/self/smaps_rollup)",
      "def (ShowcaseMemtrim::Memory).require_relative(_) = raise(LoadError, 'no extension for this Ruby')" => "no extension for this Ruby"
    }.each do |broken, why|
      program = "require 'showcase_memtrim'; #{broken}; p Array.new(3) { ShowcaseMemtrim.memory }, ShowcaseMemtrim.memory(pss: false)"
      result = Memtrim.run_command(RbConfig.ruby, "-I", File.dirname(LIBRARY), "-e", program)
      assert_equal ["[nil, nil, nil]\nnil\n", "memtrim: can't tell this process's memory: #{why}\n"], [result.out, result.err]
    end
  end

  private

  # @return [Hash{String => Integer}] bytes
  def kernels
    File.foreach("/proc/self/smaps_rollup").filter_map { |line| line.match(/\A(\w+):\s+(\d+) kB/)&.captures }.to_h { |name, kilobytes| [name, Integer(kilobytes) * 1024] }
  end
end
