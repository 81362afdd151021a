# frozen_string_literal: true

require "minitest/autorun"
require "fileutils"
require "json"
require "rbconfig"
require "showcase_memtrim/left_out"
require "showcase_memtrim/trace"
require "showcase_memtrim/trace/run"
require_relative "../support/memtrim"

# Who calls the methods of a gem that can't be deferred: small programs without Rails.
class TraceWatchTest < Minitest::Test
  THING = <<~RUBY
    require "set"
    require "forwardable"
    class Thing
      attr_reader :name
      def self.call(what = nil) = block_given? ? yield(what) : what
      define_method(:defined) { 1 }
      class_eval "def evaled = 2", __FILE__, __LINE__
      def each_of(set) = set.each { |item| Thing.call(item) }
      call(:while_loading)
      def self.inherited(other) = super
    end
    module Reloading
      def reload = super.tap { Thing.name }
    end
    class String
      def patched = Thing.call(self)
    end
  RUBY
  FRAME = "class Frame\n  def self.run = Thing.call(:by_frame)\n  def self.pass = yield\n  def self.many(count) = count.times { Thing.call }\n  class Model\n    def reload = self\n  end\nend\n"

  # The app's program → facts: file, line, direct.
  PROGRAMS = {
    "nothing" => ["1", []],
    "directly" => ["Thing.call", [["main.rb", 2, true]]],
    "once for each phase" => ["3.times { Thing.call }\nThing.call", [["main.rb", 2, true]]],
    "by define_method" => ["Thing.new.defined", [["main.rb", 2, true]]],
    "by an evaluated method" => ["Thing.new.evaled", [["main.rb", 2, true]]],
    "a method added to another class" => ["'x'.patched", [["main.rb", 2, true]]],
    "by send, through C" => ["[:call].each { |name| Thing.public_send(name) }", [["main.rb", 2, true]]],
    "by Ruby's library" => ["Class.new { extend Forwardable; def_delegator :Thing, :call, :go }.new.go", [["main.rb", 2, true]]],
    "a block that the app gives" => ["Thing.call { |_| 1 }", [["main.rb", 2, true]]],
    "by a superclass's hook" => ["class Other < Thing; end", [["main.rb", 2, true]]],
    "by a framework" => ["Frame.run", [["gems/frame-1.0/lib/frame.rb", 2, false]]],
    "by the app in a framework's block" => ["Frame.pass { Thing.call }", [["main.rb", 2, true]]],
    "by both" => ["Frame.run\nThing.call", [["gems/frame-1.0/lib/frame.rb", 2, false], ["main.rb", 3, true]]],
    "in a thread" => ["Thread.new { Thing.call }.join", [["main.rb", 2, true]]],
    "in a fork" => ["Process.wait(fork { Thing.call })", [["main.rb", 2, true]]],
    "in the place of another method" => ["Frame::Model.prepend(Reloading)\nFrame::Model.new.reload", [["main.rb", 3, false]]],
    "an accessor, which can't be seen" => ["Thing.new.name", []]
  }.freeze

  PROGRAMS.each do |name, (code, facts)|
    define_method(:"test_#{name.tr(" ,'", "__")}") do
      run_program(code) do |result, lines|
        assert_equal ["done\n", ""], [result.out, result.err]
        assert_equal facts, lines.select { |line| line["gem"] }.map { |line| [line["file"].sub(/\A.*(?=gems\/)/, ""), line["line"], line["direct"]] }
      end
    end
  end

  # The hook is not where a program's own time runs out.
  def test_a_timeout_is_the_programs_own
    code = "require 'timeout'\n10.times { Timeout.timeout(0.05) { loop { Frame.run; Thing.call } } rescue print($!.class, ' ') }"
    run_program(code) do |result, _|
      assert_equal ["#{"Timeout::Error " * 10}done\n", ""], [result.out, result.err]
    end
  end

  def test_too_many_calls_are_given_up_and_told
    run_program("Frame.many(1_000_000)") do |result, lines|
      assert_equal ["done\n", ""], [result.out, result.err]
      assert_equal ["thing"], lines.filter_map { |line| line["stopped"] }
    end
  end

  def test_a_log_that_cannot_be_written_changes_nothing
    run_program("Thing.call\nFrame.run", log: "/nowhere/log") do |result, _|
      assert_equal "done\n", result.out
      assert_equal 1, result.err.lines.size
      assert_match(/MEMTRIM_TRACE: No such file .*first uses are not logged/, result.err)
    end
  end

  def test_a_ruby_that_is_not_ours_is_left_alone
    run_program("Thing.call\np defined?(ShowcaseMemtrim)", variables: {"MEMTRIM_TRACE_RUBY" => "2.7.8"}) do |result, lines|
      assert_equal ["nil\ndone\n", "", []], [result.out, result.err, lines]
    end
  end

  private

  def run_program(code, log: nil, variables: {})
    Dir.mktmpdir do |dir|
      dir = File.realpath(dir)
      write(dir, "gems/thing-1.0/lib/thing.rb", THING)
      write(dir, "gems/frame-1.0/lib/frame.rb", FRAME)
      write(dir, "app/main.rb", "require 'thing'; require 'frame'\n#{code}\nputs :done\n")
      path = log || File.join(dir, "log")
      result = Memtrim.run_command(
        RbConfig.ruby, "-I#{dir}/gems/thing-1.0/lib", "-I#{dir}/gems/frame-1.0/lib", "main.rb", chdir: "#{dir}/app",
        env: {
          "RUBYOPT" => "-r#{ShowcaseMemtrim::Trace::Run::CHILD}", "MEMTRIM_TRACE" => path, "MEMTRIM_TRACE_RUN" => "a", "MEMTRIM_TRACE_APP" => "#{dir}/app",
          "MEMTRIM_TRACE_RUBY" => RUBY_VERSION, "MEMTRIM_TRACE_WATCHED" => "thing\t#{dir}/gems/thing-1.0", **variables
        }
      )
      yield result, File.file?(path) ? File.readlines(path).map { |line| JSON.parse(line) } : []
    end
  end

  def write(dir, path, text)
    FileUtils.mkdir_p(File.dirname(File.join(dir, path)))
    File.write(File.join(dir, path), text)
  end
end
