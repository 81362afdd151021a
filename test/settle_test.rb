# frozen_string_literal: true

require "minitest/autorun"
require "showcase_memtrim"
require "showcase_memtrim/clock"
require "timeout"
require_relative "support/settling_app"
require_relative "../bench/support/jemalloc"

# Settling under a real Puma: when it happens, when it does not, and what it gives back.
class SettleTest < Minitest::Test
  MIB = 1 << 20
  BOTH = "{after_boot: true, idle: 1.second}"
  IDLE = "{idle: 1}"
  # "4711 memtrim: settled: 23.4 MiB given back (anon 131.0 → 107.6) in 84 ms, after 30 s idle"
  LINE = /\A\d+ memtrim: settled: (-?\d+\.\d) MiB given back \(anon \d+\.\d → \d+\.\d\) in \d+ ms, after (the boot|1 s idle)\z/

  parallelize_me! # they mostly wait

  # The app is bundled once for all tests, and goes with the last of them.
  APP = Queue.new.then do |apps|
    done = Queue.new
    thread = Thread.new { SettlingApp.with { |app| (apps << app) && done.pop } }
    Minitest.after_run { (done << true) && thread.join }
    apps.pop
  end

  def test_once_when_the_server_is_up_and_once_in_each_idle_period
    serve(settle: BOTH) do |server|
      assert_equal ["the boot"], reasons(server)
      sleep 1.5
      assert_equal 1, server.settled.size, "nothing was requested since"
      get(server, "/garbage")
      server.await(/1 s idle/)
      assert_operator given_back(server).last, :>, 20 * MIB, server.log
      sleep 2
      assert_equal 2, server.settled.size, "one idle period"
      get(server, "/fast")
      server.await(/1 s idle/, times: 2)
      assert_equal ["1"], [get(server, "/threads")]
    end
  end

  # Of two threads: one sleeps in the app, one streams, and then a request waits for either.
  def test_not_while_a_request_is_under_way_or_waits
    serve(settle: IDLE) do |server|
      slow = Thread.new { get(server, "/slow") } # to 2.0 s
      sleep 1
      streamed = Thread.new { get(server, "/stream") } # to 3.5 s
      sleep 0.2
      waiting = Thread.new { get(server, "/fast") } # to 2.0 s
      sleep 2.1
      assert_empty server.settled
      assert_equal ["slow", "fast", "." * 10], [slow, waiting, streamed].map(&:value)
      server.await(/1 s idle/)
    end
  end

  def test_a_connection_that_is_taken_over_is_no_request_and_one_that_fails_ends
    serve(settle: IDLE) do |server|
      taken = TCPSocket.new("127.0.0.1", server.port)
      taken.write("GET /taken HTTP/1.1\r\nHost: localhost\r\n\r\n")
      assert_equal "500", server.get("/fails").code
      server.await(/1 s idle/)
      assert_equal :wait_readable, taken.read_nonblock(1, exception: false), "it is open still"
    ensure
      taken&.close
    end
  end

  def test_each_worker_of_a_cluster_for_itself
    serve(settle: BOTH, workers: "2", preload: "1") do |server|
      workers = use_both_workers(server)
      assert_equal [server.pid.to_s], whose(server, "the boot"), "the app is loaded once"
      refute_match(/Thread\(s\) started in app boot/, server.log)
      server.await(/1 s idle/, times: 2)
      assert_equal workers, whose(server, "1 s idle").uniq.sort
    end
  end

  def test_workers_that_load_the_app_themselves
    serve(settle: BOTH, workers: "2") do |server|
      server.await(/after the boot/, times: 2)
      workers = use_both_workers(server)
      assert_equal workers, whose(server, "the boot").sort
      server.await(/1 s idle/, times: 2)
      assert_equal workers, whose(server, "1 s idle").uniq.sort
    end
  end

  def test_under_jemalloc
    library = Jemalloc.library or skip "no jemalloc here"
    serve(settle: BOTH, ld_preload: library) do |server|
      get(server, "/garbage")
      server.await(/1 s idle/)
      assert_operator given_back(server).last, :>, 20 * MIB, server.log
    end
  end

  def test_the_app_goes_on_when_settling_fails
    serve(settle: IDLE, broken: "ShowcaseMemtrim::Settle.possible?; def (ShowcaseMemtrim::OwnMemory).trim = raise('no trim')") do |server|
      get(server, "/fast")
      server.await(/memtrim: does not settle/)
      assert_equal %w[fast 0], [get(server, "/fast"), get(server, "/threads")]
      sleep 1.5
      assert_equal 1, server.log.scan("memtrim:").size
      assert_match(/^ERROR \d+ memtrim: does not settle any more: RuntimeError: no trim \(/, server.log)
    end
  end

  def test_it_costs_nothing_where_it_is_not_set
    state = 'puts $LOADED_FEATURES.grep(%r{showcase_memtrim/settle|showcase_memtrim\.so}), Rails.application.middleware.map(&:name).grep(/Memtrim/), Thread.list.filter_map(&:name).grep(/memtrim/)'
    [{}, {settle: "false"}, {settle: "{idle: false}"}].each do |set|
      booted = APP.boot(set.empty? ? "Rails.application.load_server; #{state}" : state.sub("settle|showcase_memtrim", "settle/middleware.nothing|showcase_memtrim"), **set)
      assert_equal ["", [], true], [booted.out, booted.notes, booted.status.success?], set.inspect
    end
  end

  def test_a_console_does_not_settle_with_the_railties_listed_either
    session = 'ActionDispatch::Integration::Session.new(Rails.application).get("/"); sleep 1.5; puts Rails.application.middleware.first.name'
    [{}, {listed: "1"}].each do |listed|
      booted = APP.boot(session, settle: BOTH, **listed)
      assert_equal ["ShowcaseMemtrim::Settle::Middleware", []], [booted.out.lines.last&.chomp, booted.notes]
      refute_match(/settled/, booted.out)
    end
  end

  # What is said last counts, wherever it stands.
  def test_an_initializer_may_say_it
    told = "puts Rails.application.middleware.map(&:name).grep(/Memtrim/).size, ShowcaseMemtrim::Settle.installed&.idle?.inspect"
    {
      {later: BOTH} => "1\ntrue\n", {settle: "{after_boot: true}", later: BOTH} => "1\ntrue\n", {settle: BOTH, later: BOTH} => "1\ntrue\n", {settle: BOTH, later: "false"} => "1\nnil\n",
      {settle: BOTH, later: "{after_boot: true}"} => "1\nfalse\n"
    }.each { |set, said| assert_equal said, APP.boot(told, **set).out, set.inspect }
  end

  def test_a_setting_that_cannot_be_had_is_one_clear_error
    {
      "{idel: 30}" => "config.memtrim.settle has no idel; it has after_boot (true or false), idle (seconds) and compact (true or false)",
      "30" => "config.memtrim.settle is 30; write it as in { after_boot: true, idle: 30 }, true or false"
    }.each do |setting, message|
      booted = APP.boot("", settle: setting)
      refute booted.status.success?
      assert_includes booted.err, "#{message} (ShowcaseMemtrim::Error)"
    end
  end

  def test_by_hand
    before = ShowcaseMemtrim::Clock.now
    settled = ShowcaseMemtrim.settle!
    assert_operator settled.seconds, :<=, ShowcaseMemtrim::Clock.now - before
    assert_equal settled.anon_before_bytes - settled.anon_after_bytes, settled.given_back_bytes
    assert_in_delta ShowcaseMemtrim::OwnMemory.anon_bytes, settled.anon_after_bytes, 8 * MIB
  end

  # The library's own heap is whole in a forked process, whatever other threads were in.
  def test_processes_that_are_forked_while_memory_is_measured
    ShowcaseMemtrim::Settle.possible?
    ready = Queue.new
    measuring = Array.new(2) { Thread.new { loop { (ready << true) && ShowcaseMemtrim::OwnMemory.anon_bytes } } }
    100.times { ready.pop }
    pids = Array.new(20) { fork { exit!(ShowcaseMemtrim::OwnMemory.anon_bytes ? 0 : 1) } }
    assert_equal [0], Timeout.timeout(20) { pids.map { |pid| Process.wait2(pid).last.exitstatus } }.uniq
  ensure
    measuring.each(&:kill)
    pids&.each { |pid| Process.kill(:KILL, pid) if Process.wait(pid, Process::WNOHANG).nil? rescue nil } # rubocop:disable Style/RescueModifier
  end

  private

  def serve(**variables, &block)
    APP.serve(**variables, &block)
  end

  def get(server, path)
    server.get(path).tap { |response| assert_equal "200", response.code }.body
  end

  # @return [Array<String>] why it was settled, each time
  def reasons(server)
    server.settled.map { |line| line[LINE, 2] or flunk("#{line.inspect} is not the line") }
  end

  def whose(server, reason)
    server.settled.grep(/#{reason}\z/).map { |line| line[/\d+/] }
  end

  # @return [Array<Float>] bytes
  def given_back(server)
    server.settled.map { |line| line[LINE, 1].to_f * MIB }
  end

  # @return [Array<String>] the process ids of the two
  def use_both_workers(server)
    pids = []
    200.times do
      pids |= [get(server, "/pid")]
      return pids.sort if pids.size == 2
      Array.new(4) { Thread.new { server.get("/pid") } }.each(&:join)
    end
    flunk "only one worker answers"
  end
end
