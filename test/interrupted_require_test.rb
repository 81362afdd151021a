# frozen_string_literal: true

require "minitest/autorun"
require_relative "support/same_behaviour"

# Files that do not come to their end the usual way: what they do to a program, they do to a recorded one.
class InterruptedRequireTest < Minitest::Test
  parallelize_me!
  include SameBehaviour

  def test_a_file_that_raises_can_be_required_again
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        $fail = true
        3.times do
          show("require") { require "./raises" }
          show("require_relative") { require_relative "relative" }
          show("load") { load "./loaded.rb" }
          show("deep") { require "./deep" }
          show("features") { $LOADED_FEATURES.select { |file| file.start_with?(__dir__) } }
          $fail = false
        end
        show("ensured") { require "./ensured" }
        show("retried") { require "./retried" }
        show("exception class") { begin; require "./fatal"; rescue Exception => error; [error.class, error.cause]; end }
        show("the last error") { $! }
      RUBY
      "raises.rb" => "puts :raises\nraise ArgumentError, 'no' if $fail", "relative.rb" => "puts :relative\nraise 'no' if $fail",
      "loaded.rb" => "raise 'no' if $fail", "deep.rb" => "puts :deep\nrequire './deeper'\n", "deeper.rb" => "puts :deeper\nraise IOError, 'deep' if $fail",
      "ensured.rb" => "begin\n  raise 'inner'\nensure\n  puts require('./after')\nend", "after.rb" => "puts :after",
      "retried.rb" => "n = 0\nbegin\n  n += 1\n  require './sometimes'\nrescue\n  retry if n < 3\nend\nputs n", "sometimes.rb" => "$times = $times.to_i + 1\nraise 'x' if $times < 3",
      "fatal.rb" => "begin\n  raise 'first'\nrescue\n  raise NoMemoryError\nend"
    )
  end

  def test_a_file_that_throws_can_be_required_again
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        $out = true
        2.times do
          show("throw") { catch(:out) { require "./throws" } }
          show("throw through files") { catch(:out) { require "./through" } }
          show("throw from a load") { catch(:out) { load "./throws_too.rb", true } }
          $out = false
        end
        def leave(&) = [1, 2].each(&)
        show("break") { leave { |n| load "./breaks.rb"; break n } }
        show("next") { leave { |n| require "./breaks"; next } }
        def returning = [1].each { require "./other"; return :returned }
        show("return") { returning }
        show("return at the top") { require "./returns" }
        show("uncaught") { require "./uncaught" }
        show("callcc") { $callcc = nil; require "continuation"; n = 0; callcc { |here| $callcc = here }; n += 1; load "./calls.rb" if n < 3; n }
      RUBY
      "throws.rb" => "puts :throws\nthrow :out, 1 if $out", "through.rb" => "puts require_relative('through2')", "through2.rb" => "load './throws_too.rb'\nputs :through",
      "throws_too.rb" => "throw :out, 2 if $out", "breaks.rb" => "puts :breaks", "other.rb" => "", "returns.rb" => "puts 1\nreturn\nputs 2",
      "uncaught.rb" => "throw :nobody", "calls.rb" => "$callcc.call"
    )
  end

  def test_a_file_that_is_interrupted_can_be_required_again
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        require "timeout"
        show("interrupt") { begin; require "./interrupted"; rescue Interrupt => error; error.class; end }
        show("again") { require "./interrupted" }
        show("timeout") { begin; Timeout.timeout(0.05) { require "./sleeps" }; rescue Timeout::Error => error; error.class; end }
        show("again") { require "./sleeps" }
        loading = Thread.new { require "./sleeps2" }
        sleep 0.05 until $started
        show("raised into") { loading.report_on_exception = false; loading.raise(IOError, "stop"); loading.value }
        show("again") { require "./sleeps2" }
        killed = Thread.new { begin; require "./sleeps3"; ensure; puts :ensured; end }
        sleep 0.05 until $started3
        show("killed") { killed.kill.join; killed.value }
        show("again") { require "./sleeps3" }
        trap("USR1") { puts "trap \#{require("./trapped")}" }
        show("trap") { require "./signals" }
      RUBY
      "interrupted.rb" => "puts :interrupted\nunless $once\n  $once = true\n  Process.kill(:INT, $$)\n  sleep 5\nend", "sleeps.rb" => "unless $twice\n  $twice = true\n  sleep 5\nend\nputs :slept",
      "sleeps2.rb" => "unless $started\n  $started = true\n  sleep 5\nend\nputs :slept2", "sleeps3.rb" => "unless $started3\n  $started3 = true\n  sleep 5\nend\nputs :slept3",
      "signals.rb" => "Process.kill(:USR1, $$)\nsleep 0.05\nputs :signalled", "trapped.rb" => "puts :trapped"
    )
  end

  def test_a_file_that_exits
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        at_exit { puts "main \#{$!.inspect} \#{$!.status}" }
        show("caught") { begin; require "./exits"; rescue SystemExit => error; error.status; end }
        show("again") { begin; require "./exits"; rescue SystemExit => error; error.status; end }
        require "./aborts"
      RUBY
      "exits.rb" => "exit 7", "aborts.rb" => "at_exit { puts :file }\nrequire_relative 'deep'", "deep.rb" => "exit 3"
    )
    assert_same_behaviour("main.rb" => "puts 1; require './a'", "a.rb" => "abort 'that is all'")
  end

  def test_a_program_that_dies_in_a_file
    assert_same_behaviour("main.rb" => "puts 1; require './a'", "a.rb" => "require_relative 'b'", "b.rb" => "def deep = raise('out of here')\ndeep")
    assert_same_behaviour("main.rb" => "puts 1; require './a'", "a.rb" => "puts 2\nfoo(")
    assert_same_behaviour("main.rb" => "puts 1; require './a'", "a.rb" => "throw :nobody")
  end

  def test_a_program_that_is_killed_in_a_file
    %i[KILL TERM INT].each do |signal|
      assert_same_behaviour(
        "main.rb" => "$stdout.sync = true; puts 1; require './a'", "a.rb" => "Process.kill(:#{signal}, $$); sleep 5",
        :modes => ["rubygems"], :whole => signal != :KILL
      )
    end
    assert_same_behaviour("main.rb" => "$stdout.sync = true; puts 1; require './a'", "a.rb" => "exit! 4", :whole => false, :modes => ["rubygems"])
  end

  def test_exit_blocks_run_in_their_order
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        END { puts "END \#{$?.inspect}" }
        at_exit { puts "first \#{require "./late"}" }
        require "./a"
        at_exit { puts "last"; exit 5 }
        at_exit { raise "in at_exit" }
        at_exit { puts $!.inspect }
        ObjectSpace.define_finalizer($kept = +"x", proc { puts "finalized" })
        Thread.new { begin; $started = true; sleep; ensure; puts "thread ensured"; end }
        Thread.pass until $started
      RUBY
      "a.rb" => "at_exit { at_exit { puts :nested }; puts :file }", "late.rb" => "puts :late"
    )
  end

  def test_requires_in_threads
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        $count = Queue.new
        show("same file") { 8.times.map { Thread.new { require "./slow" } }.map(&:value).tally.sort_by(&:to_s) }
        show("same failing file") { 4.times.map { Thread.new { require "./failing" rescue $!.message } }.map(&:value).tally.sort_by(&:to_s) }
        show("different files") { 20.times.map { |i| Thread.new { require "./many/\#{i}" } }.map(&:value).tally.sort_by(&:to_s) }
        show("loads") { 20.times.map { |i| Thread.new { load "./many/\#{i}.rb" } }.map(&:value).tally.sort_by(&:to_s) }
        show("threads of a file") { require "./threads"; $threads.map(&:value) }
        show("counted") { $count.size }
        10.times { |round| 8.times.map { |i| Thread.new { 50.times { |n| load "./many/\#{(i + n) % 20}.rb" } } }.each(&:join) }
        show("many times") { $count.size }
      RUBY
      "slow.rb" => "puts :slow\nsleep 0.1", "failing.rb" => "sleep 0.02\nraise 'no'",
      "threads.rb" => "$threads = 3.times.map { |i| Thread.new { sleep 0.05; require \"./late\#{i}\" } }", **3.times.to_h { |i| ["late#{i}.rb", ""] },
      **20.times.to_h { |i| ["many/#{i}.rb", "$count.push(1)\nThread.pass"] }
    )
  end

  def test_requires_in_fibers
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        fibers = 4.times.map { |i| Fiber.new { require "./fiber\#{i}" } }
        show("suspended") { fibers.map(&:resume) }
        show("meanwhile") { require "./meanwhile" }
        show("resumed") { fibers.reverse.map(&:resume) }
        show("ended") { fibers.map { |fiber| fiber.resume rescue $!.class } }
        letters = Enumerator.new { |yielder| $yielder = yielder; require "./yields"; yielder << :end }
        show("external") { [letters.next, letters.next, require("./other"), letters.next] }
        show("lazily") { Enumerator.new { |y| $yielder = y; load "./yields.rb" }.lazy.map(&:to_s).first(1) }
        200.times { Fiber.new { load "./abandoned.rb" }.resume }
        GC.start
        show("abandoned") { require "./afterwards" }
        show("raised into") { f = Fiber.new { require "./suspends" }; f.resume; f.raise(IOError, "out") }
        show("required then") { Fiber.new { require "./suspends" }.resume }
        thread = Thread.new { f = Fiber.new { require "./in_thread"; :done }; [f.resume, f.resume] }
        show("in a thread") { thread.value }
        show("to and fro") { a = Fiber.new { 3.times { load "./yielding.rb" }; :over }; b = Fiber.new { 3.times { load "./yielding.rb" }; :over }; 4.times.map { [a.resume, b.resume] } }
      RUBY
      **4.times.to_h { |i| ["fiber#{i}.rb", "puts 'in #{i}'\nFiber.yield #{i}\nputs 'out #{i}'"] }, "meanwhile.rb" => "puts :meanwhile",
      "yields.rb" => "$yielder << :a\n$yielder << :b", "other.rb" => "", "abandoned.rb" => "Fiber.yield", "afterwards.rb" => "puts :afterwards",
      "suspends.rb" => "Fiber.yield 1", "in_thread.rb" => "Fiber.yield :half", "yielding.rb" => "Fiber.yield :y"
    )
  end

  def test_forks_in_a_file
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        show("forking") { require "./forks" }
        show("statuses") { $statuses }
        show("both sides") { require "./two_ways" }
        exit 6 if $side == :child
        Process.wait
        show("the child's") { $?.exitstatus }
        show("spawned") { system(RbConfig.ruby, "-e", "puts 'spawned'; exit 2"); $?.exitstatus } if defined?(RbConfig)
        show("popen") { IO.popen("-") { |io| io ? io.read : (require("./popen")) } }
      RUBY
      "forks.rb" => <<~RUBY, "in_child.rb" => "puts :in_child", "two_ways.rb" => "$side = fork ? :parent : :child", "popen.rb" => "puts :popen"
        $statuses = []
        children = [
          -> { puts require("./in_child"); exit 3 }, -> { raise IOError, "in the child" rescue exit(4) }, -> { exit! 5 },
          -> { exec "exit 6" }, -> { at_exit { puts "child's own" } }, -> { Thread.new { load "./in_child.rb" }.join; GC.start }
        ]
        children.each do |child|
          Process.wait(fork(&child))
          $statuses << $?.exitstatus
        end
      RUBY
    )
  end

  def test_a_program_that_becomes_another
    assert_same_behaviour("main.rb" => "$stdout.sync = true; puts 1; require './a'", "a.rb" => "exec 'echo two; exit 3'", :whole => false)
    assert_same_behaviour("main.rb" => "exec(#{RbConfig.ruby.inspect}, '-e', 'puts ENV.keys.grep(/MEMTRIM|LD_PRELOAD|RUBYOPT/), 2')", :whole => false, :modes => ["rubygems"])
  end

  def test_a_program_that_compacts_its_heap
    files = {
      "main.rb" => <<~RUBY,
        require_relative "show"
        kept = Array.new(5000) { |i| "string \#{i} \#{"x" * (i % 60)}" }
        require "./a"
        GC.compact
        show("then") { [kept.sum(&:size), require("./b"), load("./a.rb")] }
        GC.auto_compact = true
        show("auto") { 20.times { Array.new(2000) { "y" * 50 } }; GC.start; GC.auto_compact }
      RUBY
      "a.rb" => "$a = Array.new(1000) { Object.new }.each_slice(2).map(&:first)", "b.rb" => "puts :b"
    }
    assert_same_behaviour(**files) do |report, _|
      assert_equal 1, report["warnings"].grep(/compacted \d+ time/).size, report["warnings"].inspect
    end
  end
end
