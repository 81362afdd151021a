# frozen_string_literal: true

require "minitest/autorun"
require "showcase_memtrim/settle"
require "showcase_memtrim/settle/requests"
require "showcase_memtrim/settle/settings"
require_relative "support/memtrim"

# What config.memtrim.settle may be, and how requests are counted.
class SettlePartsTest < Minitest::Test
  Settings = ShowcaseMemtrim::Settle::Settings

  {
    true => [true, 30.0, true], {after_boot: true, idle: 30} => [true, 30.0, true], {"idle" => 1.5, "compact" => false} => [false, 1.5, false],
    {after_boot: true} => [true, nil, true], {after_boot: true, idle: false} => [true, nil, true],
    nil => nil, false => nil, {} => nil, {after_boot: false, idle: nil} => nil
  }.each do |given, expected|
    define_method(:"test_settings_#{given.inspect}") do
      settings = Settings.of({settle: given})
      assert_equal [expected], [settings&.to_a]
    end
  end

  {
    30 => "config.memtrim.settle is 30; write it", "yes" => 'config.memtrim.settle is "yes"; write it',
    {idel: 30} => "config.memtrim.settle has no idel;", {1 => 2} => "config.memtrim.settle has no 1;",
    {compact: "no"} => 'config.memtrim.settle[:compact] is "no";', {after_boot: 1} => "config.memtrim.settle[:after_boot] is 1;",
    {idle: true} => "config.memtrim.settle[:idle] is true;", {idle: "30"} => 'config.memtrim.settle[:idle] is "30";', {idle: 0} => "[:idle] is 0;",
    {idle: -1} => "[:idle] is -1;", {idle: Float::NAN} => "[:idle] is NaN;", {idle: Float::INFINITY} => "[:idle] is Infinity;", {idle: 1i} => "[:idle] is (0+1i);"
  }.each do |given, message|
    define_method(:"test_no_settings_#{given.inspect}") do
      assert_includes assert_raises(ShowcaseMemtrim::Error) { Settings.of({settle: given}) }.message, message
    end
  end

  def test_a_setting_of_another_name
    assert_equal "config.memtrim has no setle; it has settle", assert_raises(ShowcaseMemtrim::Error) { Settings.of({setle: true}) }.message
  end

  def test_the_gate_opens_between_requests_only
    requests = ShowcaseMemtrim::Settle::Requests.new
    assert requests.open {}
    2.times { requests.started }
    requests.ended
    refute(requests.open { flunk })
    requests.ended
    assert requests.open {}
  end

  def test_a_request_that_comes_while_the_gate_is_open_waits_for_that_step
    requests = ShowcaseMemtrim::Settle::Requests.new
    order = Queue.new
    requests.open do
      @request = Thread.new { requests.started && order << :request }
      sleep 0.01 until @request.stop?
      order << :step
    end
    @request.join
    assert_equal %i[step request], [order.pop, order.pop]
    refute(requests.open { flunk })
  end

  def test_the_gate_stays_shut_while_a_connection_waits_in_pumas_queue
    requests = ShowcaseMemtrim::Settle::Requests.new
    backlog = 1
    server = Object.new.tap { |object| object.define_singleton_method(:backlog) { backlog } }
    with_puma(server) do
      requests.started
      requests.ended
      refute(requests.open { flunk })
      backlog = 0
      assert requests.open {}
    end
  end

  def test_it_waits_for_a_request_and_then_for_quiet
    requests = ShowcaseMemtrim::Settle::Requests.new
    waiting = Thread.new { requests.wait_until_idle(0.2) && flunk }
    waiting.report_on_exception = false
    assert_nil waiting.join(0.4), "there was no request"
    waiting.kill.join
    requests.started
    ended = Thread.new { (sleep 0.3) && requests.ended && ShowcaseMemtrim::Clock.now }
    requests.wait_until_idle(0.2)
    assert_includes 0.15..2, ShowcaseMemtrim::Clock.now - ended.value
  end

  def test_a_forked_process_has_no_requests_of_its_parents
    requests = ShowcaseMemtrim::Settle::Requests.new
    requests.started
    _, status = Process.wait2(fork do
      requests.started
      requests.ended
      exit!(requests.open {})
    end)
    assert status.success?
  end

  def test_where_it_cannot_be_had_there_is_one_warning
    {
      "require 'showcase_memtrim/native'; def (ShowcaseMemtrim::OwnMemory).anon_bytes = nil" => "this system does not say what a process uses",
      "def (ShowcaseMemtrim::Settle).require_relative(name) = raise(LoadError, 'no extension')" => "no extension"
    }.each do |broken, why|
      told = Memtrim.run_command("ruby", "-Ilib", "-rshowcase_memtrim", "-e", "#{broken}; p ShowcaseMemtrim.settle!, ShowcaseMemtrim.settle!")
      assert_equal ["nil\nnil\n", 1], [told.out, told.notes.size], told.err
      assert_includes told.err, "memtrim: can't settle here: #{why}"
    end
  end

  private

  def with_puma(server)
    before = (Object.send(:remove_const, :Puma) if Object.const_defined?(:Puma))
    Object.const_set(:Puma, Module.new).const_set(:Server, Class.new.tap { |all| all.define_singleton_method(:current) { server } })
    yield
  ensure
    Object.send(:remove_const, :Puma)
    Object.const_set(:Puma, before) if before
  end
end
