# frozen_string_literal: true

require "minitest/autorun"
require "rbconfig"
require_relative "../lib/showcase_memtrim"
require_relative "../lib/showcase_memtrim/native"

# Trees of real processes, and their memory.
class ProcessesTest < Minitest::Test
  Processes = ShowcaseMemtrim::Processes

  def test_a_tree_of_processes
    script = "Thread.new { sleep }; 3_000_000.times { }; spawn('sleep 63'); spawn('sleep 64'); puts :ready; $stdout.flush; sleep"
    with_ruby(script) do |pid|
      tree = Processes.tree(pid)
      assert_equal [pid, Process.pid], tree.first.values_at(:pid, :ppid)
      assert_equal ["sleep 63", "sleep 64"], tree.drop(1).map { |process| process[:command] }
      assert_equal [pid], tree.drop(1).map { |process| process[:ppid] }.uniq
      assert_equal [1, 1], tree.drop(1).map { |process| process[:threads] }
      assert_operator tree.first[:threads], :>=, 2
      assert_match(/\A#{File.basename(RbConfig.ruby)} --disable-gems -e Thread\.new/o, tree.first[:command])
      assert_equal 80, tree.first[:command].size
      assert_operator tree.first[:cpu_seconds], :>, 0
      assert_includes %w[S R], tree.first[:state]
      assert_equal tree.map { |process| process[:pid] }, Processes.tree(Process.pid).map { |process| process[:pid] } & tree.map { |process| process[:pid] }
    end
  end

  def test_what_a_child_holds
    with_ruby("$held = 'x' * (50 << 20); puts :ready; $stdout.flush; sleep") do |pid|
      with_ruby("puts :ready; $stdout.flush; sleep") do |other|
        full, empty = Processes.usage(pid), Processes.usage(other)
        assert_equal %i[rss_bytes pss_bytes private_bytes anon_bytes], full.keys
        full.each { |name, bytes| assert_in_delta 50 << 20, bytes - empty[name], 5 << 20, name }
        assert_operator full[:anon_bytes], :<=, full[:rss_bytes]
        assert_operator full[:pss_bytes], :<, full[:rss_bytes]
      end
    end
  end

  def test_processes_that_are_gone
    pid = spawn("true")
    Process.wait(pid)
    [pid, 0, -1].each { |gone| assert_equal [nil, []], [Processes.usage(gone), Processes.tree(gone)] }
  end

  def test_a_zombie_holds_nothing
    pid = spawn("true")
    sleep 0.05 until Processes.tree(pid).first[:state] == "Z"
    assert_equal "true", Processes.tree(pid).first[:command]
    assert_nil Processes.usage(pid)
  ensure
    Process.wait(pid)
  end

  def test_titles_can_not_harm_a_terminal
    with_ruby("Process.setproctitle(%(evil\\e[2J\\nname   )); puts :ready; $stdout.flush; sleep") do |pid|
      assert_equal "evil\\u{1b}[2J\\nname", Processes.tree(pid).first[:command]
    end
  end

  # In a process of its own: it stays the reaper of orphans for good.
  def test_a_daemon_is_found_by_who_adopts_orphans
    script = <<~RUBY
      require "showcase_memtrim"
      require "showcase_memtrim/native"
      include ShowcaseMemtrim
      p Processes.adopt_orphans
      spawn(RbConfig.ruby, "--disable-gems", "-e", "Process.daemon; Process.setproctitle('a daemon'); sleep")
      Process.wait
      daemon = nil
      # It forks twice: until the process between has ended, the daemon is that one's child.
      200.times do
        daemon = Processes.tree(Process.pid).find { |process| process[:command] == "a daemon" }
        break if daemon && daemon[:ppid] == Process.pid && daemon[:state] == "S"
        sleep 0.05
      end
      p daemon.slice(:command, :state), daemon[:ppid] == Process.pid, Process.getsid(daemon[:pid]) == Process.getsid
      Process.kill(:KILL, daemon[:pid])
      p Process.wait2(daemon[:pid]).last.termsig
    RUBY
    out = IO.popen([RbConfig.ruby, "-I", File.expand_path("../lib", __dir__), "-e", script], err: %i[child out], &:read)
    assert_equal "true\n#{{command: "a daemon", state: "S"}.inspect}\ntrue\nfalse\n9\n", out
  end

  private

  # A Ruby that says when it is ready; it and its children are gone afterwards.
  def with_ruby(script)
    reader, writer = IO.pipe
    pid = spawn(RbConfig.ruby, "--disable-gems", "-e", script, out: writer, pgroup: true)
    writer.close
    assert_equal "ready\n", reader.gets
    sleep 0.1 # for what it spawned to become what it is
    yield pid
  ensure
    reader.close
    Process.kill(:KILL, -pid)
    Process.wait(pid)
  end
end
