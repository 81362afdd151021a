# frozen_string_literal: true

require "minitest/autorun"
require "showcase_memtrim/main_stack"
require_relative "support/doctored_app"
require_relative "support/rack_app"

# The main thread's stack: how much of it Ruby touches, and trials with less of it.
class MainStackTest < Minitest::Test
  MainStack = ShowcaseMemtrim::MainStack
  Experiment = ShowcaseMemtrim::Experiment

  # Either all of it is touched, whatever the limit is, or next to nothing.
  def test_what_is_touched
    large, small = [4 << 20, 1 << 20].map { |limit| MainStack.touched_bytes(limit: limit) }
    assert_includes 4096..(1 << 20), small
    if large > 1 << 20
      assert_in_delta 4 << 20, large, 65_536
      assert_in_delta 1 << 20, small, 65_536
    else
      assert_in_delta small, large, 65_536
    end
  end

  def test_our_own_limit_counts
    limit = Process.getrlimit(:STACK)
    Process.setrlimit(:STACK, 1 << 20, limit.last)
    assert_operator MainStack.touched_bytes, :<=, 1 << 20
  ensure
    Process.setrlimit(:STACK, *limit)
  end

  def test_what_cannot_be_had_is_not_known
    assert_nil MainStack.touched_bytes(limit: 1) # no program starts with a stack of one byte
  end

  # The app writes its own limits down.
  def test_a_trial_has_the_limit_of_its_variant
    RackApp.with("config/environment.rb" => "#{RackApp::ENVIRONMENT}File.write(ENV.fetch('LIMITS'), Process.getrlimit(:STACK).inspect)\n") do |app|
      workspace = Struct.new(:directory, :variables, :revision).new(app, {}, nil)
      limits = File.join(app, "limits")
      {nil => Process.getrlimit(:STACK), 768 << 10 => [768 << 10, MainStack.most]}.each do |stack, expected|
        variant = Experiment::Variant.new(name: "x", kind: "setting", stack: stack, variables: {"LIMITS" => limits})
        trial = Experiment::Trial.new(workspace, variant, counted: false).run
        assert_nil trial[:error]
        assert_equal expected.inspect, File.read(limits)
      end
    end
  end

  def test_a_variant_is_told_apart_by_it
    keys = [nil, 1 << 20, 2 << 20].map { |stack| Experiment::Variant.new(name: "x", kind: "setting", stack: stack).key }
    assert_equal 3, keys.uniq.size
  end
end
