# frozen_string_literal: true

require "minitest/autorun"
require_relative "support/same_behaviour"

# A recorded program's require, require_relative and load do what they do without us.
class RequireBehaviourTest < Minitest::Test
  parallelize_me!
  include SameBehaviour

  def test_require_tells_whether_it_loaded
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        $LOAD_PATH.unshift(File.join(__dir__, "lib"))
        show("first") { require "one" }
        show("again") { require "one" }
        show("with extension") { require "one.rb" }
        show("by path") { require File.join(__dir__, "lib/one") }
        show("by path with dots") { require File.join(__dir__, "lib/../lib/one.rb") }
        show("relative to the working directory") { require "./lib/two" }
        show("same file, load path") { require "two" }
        show("library") { require "digest.so" }
        show("library again") { require "digest" }
        show("library of two parts") { require "socket" }
        show("already there") { require "rbconfig" }
        show("provided") { require "thread" }
        show("home") { require "~/no_such_file_here" }
        show("symbolic link") { require_relative "link" }
        show("what it links to") { require_relative "linked" }
        show("utf-8") { require_relative "grüße" }
        show("other encoding") { require "./latin".encode("UTF-16LE").encode("UTF-8").force_encoding("US-ASCII") }
        show("a directory") { require "./lib" }
        show("nothing") { require "" }
      RUBY
      "lib/one.rb" => "puts :one", "lib/two.rb" => "puts :two", "linked.rb" => "puts __FILE__, __dir__",
      "link.rb" => "require_relative 'linked'", "grüße.rb" => "puts __FILE__", "latin.rb" => "puts :latin"
    )
  end

  def test_require_takes_what_ruby_takes
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        PathLike = Struct.new(:path) { def to_path = path }
        StringLike = Struct.new(:string) { def to_str = string }
        Odd = Class.new { def to_path = 1 }
        methods = {"require" => ->(x) { require x }, "require_relative" => ->(x) { require_relative x }, "load" => ->(x) { load x }}
        methods.each do |name, method|
          show(name + " to_path") { method.call(PathLike.new("./a.rb")) }
          show(name + " to_path of to_str") { method.call(PathLike.new(StringLike.new("./b.rb"))) }
          show(name + " to_str") { method.call(StringLike.new("./c.rb")) }
          show(name + " symbol") { method.call(:d) }
          show(name + " number") { method.call(1) }
          show(name + " nil") { method.call(nil) }
          show(name + " array") { method.call(["a"]) }
          show(name + " odd") { method.call(Odd.new) }
          show(name + " null byte") { method.call("a\\0b") }
          show(name + " frozen") { method.call("./d.rb".freeze) }
          changed = +"./e.rb"
          show(name + " kept") { [method.call(changed), changed] }
        end
        show("no argument") { send(:require) }
        show("two arguments") { send(:require, "a", "b") }
        show("three arguments") { send(:load, "a", "b", "c") }
        show("keywords") { send(:require, a: 1) }
        show("a block") { require("./f") { 1 } }
        show("pathname") { require "pathname"; [load(Pathname("a.rb")), require(Pathname("g.rb").expand_path)] }
      RUBY
      **%w[a b c d e f g].to_h { |name| ["#{name}.rb", "puts :#{name}"] }
    )
  end

  def test_what_can_not_be_loaded
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        show("require") { require "no/such/feature" }
        show("require, relative") { require "./no_such_file" }
        show("require, absolute") { require "/no/such/file.rb" }
        show("require, library") { require "no_such_library.so" }
        show("require_relative") { require_relative "no_such_file" }
        show("require_relative, above") { require_relative "../no_such_file.rb" }
        show("load") { load "no_such_file.rb" }
        show("load, no extension") { load "there" }
        show("load, a directory") { load "." }
        show("syntax") { require_relative "syntax" }
        show("syntax again") { load "syntax.rb" }
        show("deep") { require_relative "deep" }
        show("not readable as a library") { require_relative "fake.so" }
        show("empty") { require_relative "empty" }
        show("the last error") { $! }
      RUBY
      "there.rb" => "puts :there", "syntax.rb" => "def broken(\n", "deep.rb" => "require 'deeper/still'",
      "fake.so" => "no library", "empty.rb" => ""
    )
  end

  def test_load_loads_every_time
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        2.times { show("load") { load "a.rb" } }
        show("dot") { load "./a.rb" }
        show("absolute") { load File.join(__dir__, "a.rb") }
        show("working directory") { Dir.chdir("sub") { load "a.rb" } }
        $LOAD_PATH.unshift File.join(__dir__, "sub")
        show("load path first") { load "a.rb" }
        show("load path only") { load "only.rb" }
        show("wrap true") { load "wrapped.rb", true }
        show("not seen") { [defined?(Wrapped), respond_to?(:wrapped_method, true)] }
        into = Module.new
        show("wrap module") { load "wrapped.rb", into }
        show("in there") { [into.const_defined?(:Wrapped), into.private_instance_methods(false), defined?(::Wrapped)] }
        show("wrap false") { load "wrapped.rb", false }
        show("wrap nil") { load "wrapped.rb", nil }
        show("seen") { [Wrapped, respond_to?(:wrapped_method, true)] }
        show("wrap something") { load "wrapped.rb", 1 }
        show("features") { $LOADED_FEATURES.grep(/wrapped|only/) }
        show("then required") { require "./sub/only" }
        show("self") { load "self.rb", true }
        show("frozen module") { load "wrapped.rb", Module.new.freeze }
        show("a data file") { load "plain" }
      RUBY
      "a.rb" => "puts :top", "sub/a.rb" => "puts :sub", "sub/only.rb" => "puts __FILE__", "plain" => "puts :plain",
      "wrapped.rb" => <<~RUBY, "self.rb" => "puts self.inspect, self.class, singleton_class.include?(Kernel), Module.nesting.size"
        Wrapped = 1
        def wrapped_method = 1
        puts Module.nesting.size, self.inspect
      RUBY
    )
  end

  def test_the_kernel_itself_loads_too
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        show("Kernel.require") { [Kernel.require("./a"), Kernel.require("./a")] }
        show("Kernel.load") { Kernel.load("a.rb") }
        show("Kernel.load, wrapped") { Kernel.load("a.rb", true) }
        show("Kernel.require_relative") { [Kernel.require_relative("b"), Kernel.require_relative("b")] }
        show("an object's own") { Object.new.send(:require, "./c") }
        show("private") { Object.new.require("./c") }
        show("method object") { method(:require).call("./d") }
        show("unbound") { Kernel.instance_method(:require).bind_call(self, "./e") }
        show("unbound load") { Kernel.instance_method(:load).bind_call(self, "e.rb") }
        show("to_proc") { ["./f", "./g"].map(&method(:require)) }
        show("public_send") { Kernel.public_send(:require, "./h") }
        show("a name of its own") { singleton_class.alias_method(:fetch_code, :require); send(:fetch_code, "./i") }
        show("relative by another name") { Kernel.alias_method(:relative_code, :require_relative); relative_code("j") }
        show("a basic object") { Class.new(BasicObject) { def go = ::Kernel.require("./k") }.new.go }
        show("refined") { load "refined.rb" }
      RUBY
      "refined.rb" => <<~RUBY,
        module Refined
          refine Kernel do
            def require(name) = "refined \#{super}"
          end
        end
        using Refined
        puts require("./l")
      RUBY
      **("a".."l").to_h { |name| ["#{name}.rb", "puts :#{name}"] }
    )
  end

  def test_require_overridden_by_others
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        module Kernel
          alias_method :require_before, :require
          def require(name) = require_before(name).tap { |loaded| puts "required \#{name} \#{loaded}" }
          private :require
        end
        show("aliased") { require "./a" }
        module Loud
          def require(name) = super.tap { puts "loud \#{name}" }
        end
        Object.prepend(Loud)
        show("prepended") { [require("./b"), require("./b")] }
        class Quiet
          def require(name) = "quiet \#{name}"
          def try = require("./c")
        end
        show("own method") { Quiet.new.try }
        def Kernel.load(name) = "kernel load \#{name}"
        show("singleton") { Kernel.load("a.rb") }
        100.times { |i| File.write("tmp_\#{i}.rb", ""); require "./tmp_\#{i}"; File.delete("tmp_\#{i}.rb") }
        autoload :Later, File.join(__dir__, "later.rb")
        show("autoload") { Later }
      RUBY
      "a.rb" => "puts :a", "b.rb" => "puts :b", "c.rb" => "puts :c", "later.rb" => "Later = 1"
    )
  end

  def test_code_in_strings_loads_too
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        show("eval") { eval('[require("./a"), require("./a"), load("a.rb")]') }
        show("instance_eval") { Object.new.instance_eval('require "./b"') }
        show("instance_eval, block") { Object.new.instance_eval { require "./c" } }
        show("class_eval") { Class.new.class_eval('require "./d"') }
        show("module_eval, method") { Module.new { module_eval('def self.go = require("./e")') }.go }
        show("binding") { binding.eval('require "./f"') }
        show("define_method") { Class.new { define_method(:go) { require "./g" } }.new.go }
        show("relative, eval") { eval('require_relative "h"') }
        show("relative, eval with a file") { eval('require_relative "i"', nil, File.join(__dir__, "sub/x.rb"), 7) }
        show("relative, eval with our file") { eval('require_relative "j"', binding, __FILE__, __LINE__) }
        show("relative, eval with a relative file") { eval('require_relative "k"', nil, "sub/x.rb") }
        show("relative, eval without a directory") { eval('require_relative "l"', nil, "(somewhere)") }
        show("relative, instance_eval with a file") { Object.new.instance_eval('require_relative "l"', File.join(__dir__, "sub/x.rb")) }
        show("relative, class_eval with a file") { Class.new.class_eval('require_relative "m"', File.join(__dir__, "sub/x.rb"), 3) }
        show("relative, toplevel") { TOPLEVEL_BINDING.eval('require_relative "n"') }
        show("relative, -e like") { eval('require_relative "o"', nil, "-e") }
        show("relative, in a block of an eval") { eval('[1].map { require_relative "o" }', nil, File.join(__dir__, "sub/x.rb")) }
        show("relative, through send") { send(:require_relative, "p") }
        show("relative, through a proc") { method(:require_relative).to_proc.call("q") }
        show("relative, from a thread") { Thread.new { require_relative "r" }.value }
        show("relative, changed directory") { Dir.chdir("/") { require_relative "s" } }
        iseq = RubyVM::InstructionSequence.compile('require_relative "t"', "x.rb", File.join(__dir__, "sub/x.rb"))
        show("relative, compiled") { iseq.eval }
        show("relative, compiled without a path") { RubyVM::InstructionSequence.compile('require_relative "t"').eval }
      RUBY
      **("a".."t").flat_map { |name| [["#{name}.rb", "puts :#{name}"], ["sub/#{name}.rb", "puts 'sub #{name}'"]] }.to_h
    )
  end

  CALLERS = <<~RUBY
    puts "\#{__FILE__}: \#{caller.inspect}"
    puts caller(0).inspect, caller(1, 2).inspect
    puts caller_locations.map { |at| [at.path, at.absolute_path, at.lineno, at.label, at.base_label, at.to_s] }.inspect
    puts __method__.inspect, self.inspect, Thread.current.backtrace.inspect
  RUBY

  def test_callers_are_the_same
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        autoload :Auto, File.join(__dir__, "auto.rb")
        module Nested; autoload :Auto, File.join(__dir__, "nested_auto.rb"); end
        require "./required"
        require_relative "relative"
        load "./loaded.rb"
        load File.join(__dir__, "wrapped.rb"), true
        Auto
        Nested::Auto
        def inside = [1].each { |_| require "./inside" }
        inside
        Thread.new { require "./threaded" }.join
        Fiber.new { require "./fibered" }.resume
        define_method(:defined) { require_relative "defined" } rescue puts($!.message)
        Class.new { def go = Kernel.require("./kernel") }.new.go
        begin
          require "./raises"
        rescue => error
          puts error.backtrace.inspect, error.backtrace_locations.inspect, error.full_message(highlight: false)
        end
        trace = TracePoint.new(:raise) { |tp| puts [tp.event, tp.path, tp.lineno, tp.method_id].inspect }
        trace.enable { require "./raises" rescue nil }
      RUBY
      "raises.rb" => "def deep = raise('from a file')\ndeep",
      "auto.rb" => "#{CALLERS}Auto = 1", "nested_auto.rb" => "#{CALLERS}Nested::Auto = 1",
      **%w[required relative loaded wrapped inside threaded fibered defined kernel].to_h { |name| ["#{name}.rb", "#{CALLERS}require_relative 'deeper/#{name}'"] },
      **%w[required relative loaded wrapped inside threaded fibered defined kernel].to_h { |name| ["deeper/#{name}.rb", CALLERS] }
    )
  end

  def test_callers_are_the_same_in_what_is_loaded_from_the_working_directory
    assert_same_behaviour("main.rb" => "load 'a.rb'; load 'a.rb', true", "a.rb" => CALLERS)
  end

  def test_callers_are_the_same_in_what_is_loaded_into_a_module
    assert_same_behaviour("main.rb" => "load './a.rb', Module.new", "a.rb" => CALLERS)
  end

  def test_callers_are_the_same_below_an_eval
    assert_same_behaviour("main.rb" => "eval('require_relative \"a\"', binding, __FILE__, 100)", "a.rb" => CALLERS)
  end

  def test_calls_are_traced_as_ever
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        seen = []
        trace = TracePoint.new(:c_call, :c_return, :call, :script_compiled) do |tp|
          seen << [tp.event, tp.path, tp.lineno, (tp.method_id unless tp.event == :script_compiled)] if tp.path.start_with?(__dir__)
        end
        trace.enable { require_relative "a"; require "./b"; load "a.rb" }
        puts seen.map(&:inspect)
      RUBY
      "a.rb" => "1.to_s", "b.rb" => "2.to_s"
    )
  end

  def test_loaded_features_are_the_same
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        others = -> { $LOADED_FEATURES.grep_v(/showcase_memtrim/) }
        puts others.call
        $LOAD_PATH.unshift(File.join(__dir__, "lib"))
        require "one"
        require "set"
        require "digest/sha2"
        load "lib/two.rb"
        autoload :Three, File.join(__dir__, "lib/three.rb")
        Three
        puts others.call.last(12), $".equal?($LOADED_FEATURES), $LOADED_FEATURES.frozen?
        $LOADED_FEATURES.delete(File.join(__dir__, "lib/one.rb"))
        show("forgotten") { require "one" }
        $LOADED_FEATURES << File.join(__dir__, "lib/four.rb")
        show("pretended") { require "four" }
        $LOADED_FEATURES << "five.rb"
        show("pretended by name") { require "five" }
        show("resolve") { [$LOAD_PATH.resolve_feature_path("one"), $LOAD_PATH.resolve_feature_path("nope")] }
        show("last") { require "six"; $LOADED_FEATURES.last }
        $LOADED_FEATURES.replace($LOADED_FEATURES.dup)
        show("replaced") { require "six" }
        puts $LOAD_PATH
      RUBY
      **%w[one two three four five].to_h { |name| ["lib/#{name}.rb", "puts :#{name}, $LOADED_FEATURES.last\n#{name.capitalize} = 1"] },
      "lib/six.rb" => "require 'seven'", "lib/seven.rb" => ""
    )
  end

  def test_methods_look_the_same
    assert_same_behaviour(
      "main.rb" => <<~RUBY
        require_relative "show"
        look = lambda do |method|
          [method.owner, method.arity, method.source_location, method.parameters, method.name, method.original_name, method.inspect]
        end
        %i[require require_relative load autoload autoload? gem_original_require].each do |name|
          show(name) { look.call(method(name)) }
          show("Kernel.\#{name}") { look.call(Kernel.method(name)) }
          show("super of \#{name}") { method(name).super_method }
        end
        show("Module#autoload") { look.call(Module.instance_method(:autoload)) }
        show("aliases") { Kernel.instance_method(:require) == Kernel.instance_method(:gem_original_require) }
        puts Kernel.private_instance_methods(false).sort.inspect, Kernel.instance_methods(false).sort.inspect
        puts Kernel.singleton_methods.sort.inspect, Module.instance_methods(false).sort.inspect
        puts Object.private_instance_methods(false).sort.inspect, Object.ancestors.inspect, singleton_class.instance_methods(false).inspect
      RUBY
    )
  end

  def test_nothing_else_is_to_be_seen
    assert_same_behaviour(
      "main.rb" => <<~RUBY
        require_relative "show"
        puts (Object.constants - %i[ShowcaseMemtrim]).sort.inspect
        puts ENV.sort.inspect, ARGV.inspect, $0, $PROGRAM_NAME, __FILE__, $*.inspect
        puts Thread.list.size, Signal.trap("INT", "DEFAULT").inspect, Signal.trap("TERM", "DEFAULT").inspect, Process.getpgid(0).class
        puts global_variables.sort.inspect, $VERBOSE.inspect, $DEBUG.inspect, $!.inspect, $stdin.read.inspect
        puts $stdout.tty?, $stdin.tty?, Dir.pwd, GC.stress, GC.disable, GC.enable, ObjectSpace.respond_to?(:trace_object_allocations)
        puts (Gem.loaded_specs.keys.sort.inspect if defined?(Gem)), defined?(Bundler).inspect, defined?(JSON).inspect, $-I.inspect
        puts `printf '%s %s' "$RUBYOPT" "$LD_PRELOAD"`, `\#{RbConfig.ruby} -e 'puts $LOADED_FEATURES.grep(/memtrim/).inspect'`
      RUBY
    )
  end

  def test_warnings_of_circular_requires
    files = {
      "main.rb" => <<~RUBY,
        require_relative "show"
        show("circular") { require "./a" }
        show("relative circular") { require_relative "c" }
        show("itself") { require_relative "itself" }
      RUBY
      "a.rb" => "puts require('./b')", "b.rb" => "puts require('./a')", "c.rb" => "puts require_relative('d')", "d.rb" => "puts require_relative('c')",
      "itself.rb" => "puts require_relative('itself')"
    }
    assert_same_behaviour(**files, options: ["-w"]) { |_, plain| assert_match(/circular require considered harmful/, plain.err) }
    assert_same_behaviour(**files)
  end

  def test_warnings_of_the_program_stay_its_own
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        def self.twice = 1
        def self.twice = 2
        show("unused") { require "./unused" }
        show("uninitialized") { require "./warns" }
      RUBY
      "unused.rb" => "def method_with_unused\n  unused = 1\nend\n", "warns.rb" => "warn 'up', uplevel: 0\nwarn 'one up', uplevel: 1\nwarn 'two up', uplevel: 2",
      :options => ["-W:deprecated", "-w"]
    )
  end
end
