# frozen_string_literal: true

require "fileutils"
require "json"
require "minitest/autorun"
require "tmpdir"
require_relative "../support/memtrim"
require_relative "../support/proc_tree"
require_relative "../support/fleet/watched"

# What goes wrong on a machine while it is watched.
class WatchSurvivesTest < Minitest::Test
  include Watched

  def test_200_short_processes_a_second
    watch("--watch", "0.2", "--format", "json", "--alert", "ruby.anon grew > 1GB in 10 s") do |watch|
      started = 0
      until watch.lines.size >= 12 && started >= 200
        batch = Array.new(20) { Process.spawn("true") }
        started += batch.size
        sleep 0.1
        batch.each { |pid| Process.wait(pid) }
      end
      watch.records.each { |record| assert_operator record.dig("all", "processes"), :>, 1 }
      assert_equal "", watch.err
    end
  end

  # The same pid, as another process: the alert of the first is over, that of the second is another.
  def test_a_pid_that_is_used_again
    ProcTree.open do |proc|
      proc.process(42, "redis-server", "redis-server *:6379", start: 1000, anon: 80)
      watch("--watch", "0.2", "--format", "json", "--proc", proc.directory, "--alert", "redis.anon > 50MB", "--alert", "redis.anon grew > 50 % in 1 s") do |watch|
        watch.wait { watch.events.size == 1 }
        watch.wait_for_intervals(4)
        proc.process(42, "redis-server", "redis-server *:6379", start: 9000, anon: 160)
        watch.wait { watch.events.size == 3 }
        watch.wait_for_intervals(8)
        assert_equal %w[fired fired recovered], watch.events.map { |event| event["state"] }.sort
        assert_equal ["gone"], watch.events.filter_map { |event| event["reason"] }
        assert_equal [160 << 20, 80 << 20], watch.events.select { |event| event["state"] == "fired" }.map { |event| event["value"] }.sort.reverse
      end
    end
  end

  def test_a_proc_that_can_not_be_read_for_a_while
    ProcTree.open do |proc|
      watch("--watch", "0.2", "--format", "json", "--proc", proc.directory) do |watch|
        watch.wait { watch.lines.size >= 1 }
        File.rename("#{proc.directory}/meminfo", "#{proc.directory}/gone")
        watch.wait { watch.err.include?("can't be read: is no /proc (meminfo: No such file or directory); watching goes on") }
        File.rename("#{proc.directory}/gone", "#{proc.directory}/meminfo")
        watch.wait { watch.err.include?("it works again") }
        assert_equal 2, watch.err.lines.size
        assert_nil watch.status
      end
    end
  end

  def test_a_history_goes_on_and_has_its_limit
    history = File.join(@dir, "history")
    2.times do
      watch("--watch", "0.1", "--format", "json", "--history", history, "--history-size", "64k") { |watch| watch.wait { watch.lines.size >= 4 } }
    end
    records = File.readlines(history).map { |line| JSON.parse(line) }
    assert_operator records.size, :>=, 8
    assert_equal records.map { |record| record["time"] }.sort, records.map { |record| record["time"] }
    File.write(history, (File.readlines(history).first * 500)[0, 60 << 10])
    watch("--watch", "0.1", "--format", "json", "--history", history, "--history-size", "64k") { |watch| watch.wait { watch.lines.size >= 20 } }
    assert_operator File.size(history), :<=, 64 << 10
    assert_operator File.readlines(history).size, :>=, 20
  end

  def test_two_watchers_of_one_history
    history = File.join(@dir, "history")
    watch("--watch", "0.3", "--history", history) do |watch|
      watch.wait { watch.lines.size >= 1 }
      result = Memtrim.run("fleet", "--watch", "1", "--history", history)
      assert_equal 2, result.status.exitstatus
      assert_includes result.err, "#{history}: another memtrim fleet --watch writes it"
    end
    watch("--watch", "0.3", "--history", history) { |again| again.wait { again.lines.size >= 1 } }
  end

  def test_a_full_device
    watch("--watch", "0.2", "--format", "json", "--history", "/dev/full") do |watch|
      watch.wait { watch.lines.size >= 4 }
      assert_equal ["the history /dev/full can't be written: No space left on device; watching goes on"], notes(watch)
    end
  end

  def test_a_full_disk
    skip "only root mounts a file system" unless Process.uid.zero?
    disk = File.join(@dir, "disk").tap { |dir| Dir.mkdir(dir) }
    skip "no mounting here" unless system("mount", "-t", "tmpfs", "-o", "size=64k", "none", disk, err: File::NULL)
    begin
      history = "#{disk}/history"
      watch("--watch", "0.1", "--format", "json", "--history", history) do |watch|
        watch.wait { notes(watch).size == 1 }
        assert_includes notes(watch).first, "No space left on device; watching goes on"
        # Whole lines alone, as far as there was room.
        File.readlines(history).each { |line| JSON.parse(line) }
        watch.wait_for_intervals(4)
        assert_equal 1, notes(watch).size
        File.truncate(history, 0)
        watch.wait { notes(watch).size >= 2 }
        assert_includes notes(watch)[1], "it works again"
      end
    ensure
      system("umount", disk)
    end
  end

  def test_a_file_that_may_not_grow
    watch("--watch", "0.1", "--format", "json", "--history", File.join(@dir, "history"), out: :pipe, rlimit_fsize: 4096) do |watch|
      watch.wait { watch.lines.size >= 20 }
      assert_nil watch.status
      File.readlines(File.join(@dir, "history")).each { |line| JSON.parse(line) }
    end
  end

  def test_a_full_standard_output
    watch("--watch", "0.2", out: "/dev/full") do |watch|
      watch.wait { watch.err.include?("standard output can't be written: No space left on device; watching goes on") }
      sleep 0.7
      assert_equal [1, nil], [watch.err.lines.size, watch.status]
    end
  end

  private

  def notes(watch)
    watch.err.lines(chomp: true).map { |line| line.delete_prefix("memtrim: ") }
  end
end
