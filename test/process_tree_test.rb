# frozen_string_literal: true

require "minitest/autorun"
require "rbconfig"
require_relative "support/clean_exit"
require_relative "../lib/showcase_memtrim"
require_relative "../lib/showcase_memtrim/process_tree"

# Real commands, run, measured and ended with all that they started.
class ProcessTreeTest < Minitest::Test
  include CleanExit

  RUBY = "#{RbConfig.ruby} --disable-gems"

  def test_all_of_it_is_measured
    in_a_tree("#{RUBY} -e '2.times { fork { $held = %(x) * (20 << 20); sleep } }; sleep'; true") do |tree|
      usage = settled { tree.usage.then { |now| now if now[:anon_bytes] > 40 << 20 && now[:processes].size == 3 } }
      assert_operator usage[:anon_bytes], :<, 130 << 20 # of three Rubies, which share what they were forked with
      figures = %i[pss_bytes anon_bytes rss_bytes private_bytes threads]
      figures.each { |name| assert_equal usage[name], usage[:processes].sum { |process| process[name] }, name }
      assert_equal usage[:processes].map { |process| process[:pss_bytes] }.sort.reverse, usage[:processes].map { |process| process[:pss_bytes] }
      assert_operator usage[:pss_bytes], :<, usage[:rss_bytes]
      assert_equal 3, usage[:processes].count { |process| process[:command].include?("fork") }
    end
  end

  def test_a_daemon_belongs_to_it_and_ends_with_it
    in_a_tree("#{RUBY} -e 'Process.daemon(true, true); fork { Process.setsid; sleep }; sleep'") do |tree|
      settled { tree.processes.size == 2 && tree.status }
      assert_predicate tree.status, :success?
      assert_predicate tree, :alive?
    end
  end

  def test_what_does_not_heed_term_is_killed
    in_a_tree("exec #{RUBY} -e 'trap(:TERM) {}; fork { Process.daemon(true, true); sleep }; puts :ready; $stdout.flush; loop { sleep }'") do |tree|
      settled { tree.output.include?("ready") && tree.processes.size == 2 }
      started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      tree.stop(grace: 0.5)
      assert_includes 0.5..3, Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
      assert_equal Signal.list["KILL"], tree.status.termsig
      tree.stop
    end
  end

  def test_a_command_gets_time_to_end_well
    in_a_tree("exec #{RUBY} -e 'trap(:TERM) { sleep 0.3; puts :bye; exit 7 }; puts :ready; $stdout.flush; sleep'") do |tree|
      settled { tree.output.include?("ready") }
      tree.stop
      assert_equal ["ready\nbye\n", 7], [tree.output, tree.status.exitstatus]
    end
  end

  def test_megabytes_of_output_neither_block_nor_pile_up
    in_a_tree("exec #{RUBY} -e '200_000.times { |i| puts %(line \#{i} ) + %(ü) * 50 }; $stdout.flush; $stderr.puts :done; sleep'") do |tree|
      settled { tree.output.end_with?("done\n") }
      assert_operator tree.output.bytesize, :<=, 64 << 10
      assert_predicate tree.output, :valid_encoding?
      assert tree.output.end_with?("line 199999 #{"ü" * 50}\ndone\n")
    end
  end

  def test_how_a_command_runs
    Dir.mktmpdir do |dir|
      in_a_tree("pwd; echo $GIVEN-$TAKEN; cat; exit 3", env: {"GIVEN" => "x", "TAKEN" => nil}, chdir: dir) do |tree|
        settled { !tree.alive? }
        assert_equal ["#{File.realpath(dir)}\nx-\n", 3], [tree.output, tree.status.exitstatus]
        assert_equal({pss_bytes: 0, anon_bytes: 0, rss_bytes: 0, private_bytes: 0, threads: 0, processes: []}, tree.usage)
      end
    end
  end

  def test_one_at_a_time
    in_a_tree("sleep 60") do
      error = assert_raises(ShowcaseMemtrim::Error) { ShowcaseMemtrim::ProcessTree.start("true") }
      assert_match(/runs already: .*sleep 60/, error.message)
    end
    assert_raises(Errno::ENOENT) { ShowcaseMemtrim::ProcessTree.start("true", chdir: "/no/such/dir") }
    assert_equal :value, ShowcaseMemtrim::ProcessTree.start("true") { :value }
  end

  def test_an_exception_ends_it
    assert_raises(KeyError) { in_a_tree("#{RUBY} -e 'fork { sleep }; sleep'") { raise KeyError } }
  end

  def test_other_children_are_left_alone
    before = spawn("sleep 60")
    in_a_tree("sleep 60") do |tree|
      meanwhile = spawn("sleep 60")
      settled { tree.usage[:processes].map { |process| process[:command] } == ["sleep 60"] }
      tree.stop
      [before, meanwhile].each { |pid| assert_nil Process.wait(pid, Process::WNOHANG) }
    ensure
      [before, meanwhile].each { |pid| Process.kill(:KILL, pid) && Process.wait(pid) }
    end
  end

  # Started without a block and never stopped, or stopped while it is being stopped.
  def test_nothing_is_left_when_the_program_ends
    ["exit", "abort", "raise 'no'", "Process.kill(:TERM, $$); sleep", "Process.kill(:INT, $$); sleep",
      "at_exit { Process.kill(:INT, $$); sleep 0.1 }", "fork {}; Process.wait; exit",
      "Thread.new { sleep 0.3; Process.kill(:INT, $$) }; tree.stop(grace: 30)"].each do |ending|
      Dir.mktmpdir do |dir|
        script = <<~RUBY
          $LOAD_PATH.unshift #{File.expand_path("../lib", __dir__).inspect}
          require "showcase_memtrim"
          require "showcase_memtrim/process_tree"
          trap(:INT, "DEFAULT") # tests run in the background ignore it
          tree = ShowcaseMemtrim::ProcessTree.start("#{RUBY} -e 'trap(:TERM) {}; fork { Process.setsid; sleep }; puts 1; $stdout.flush; loop { sleep }' #{dir}")
          sleep 0.05 until tree.output == "1\\n"
          ShowcaseMemtrim::ProcessTree.const_set(:GRACE, 0.2)
          #{ending}
        RUBY
        result = Memtrim.run_command(RbConfig.ruby, "-W0", "-e", script)
        assert_no_process_knows dir
        refute_match(/can't be ended/, result.err)
      end
    end
  end

  private

  # Whatever happens in it, no process of it is left.
  def in_a_tree(command, env: {}, **options, &block)
    mark = "tree-#{Process.pid}-#{rand(1 << 60)}"
    ShowcaseMemtrim::ProcessTree.start(command, env: env.merge("MARK" => mark), **options, &block)
  ensure
    assert_no_process_knows mark
  end

  # What a block gives as soon as that is something.
  def settled
    200.times { yield.tap { |value| return value if value } || sleep(0.05) }
    flunk "it never came to that"
  end
end
