# frozen_string_literal: true

require "minitest/autorun"
require_relative "support/same_behaviour"

# A recorded program's autoloads fire, fail and are seen as they are without us.
class AutoloadBehaviourTest < Minitest::Test
  parallelize_me!
  include SameBehaviour

  def test_autoload_waits_and_fires_once
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        $LOAD_PATH.unshift(__dir__)
        show("register") { autoload :One, "one" }
        show("waits") { [autoload?(:One), Object.autoload?(:One), defined?(One), Object.const_defined?(:One), $LOADED_FEATURES.grep(/one.rb/)] }
        show("constants") { Object.constants.include?(:One) }
        show("fires") { One }
        show("has fired") { [autoload?(:One), Object.autoload?(:One), defined?(One)] }
        show("required after") { require "one" }
        show("const_get") { autoload :Two, File.join(__dir__, "two"); Object.const_get(:Two) }
        show("again") { autoload :Two, "one"; autoload?(:Two) }
        show("required before") { require "three"; autoload :Three, "three"; [autoload?(:Three), defined?(Three), Three] }
        show("const_source_location") { autoload :Four, "four"; [Object.const_source_location(:Four), Four, Object.const_source_location(:Four)] }
        show("returns") { [Object.autoload(:Five, "five"), Module.new.autoload(:Six, "six")] }
        show("defined?") { [defined?(Five), defined?(Five::Deep), autoload?(:Five)] }
        show("set") { Five = 5; [Five, autoload?(:Five)] }
        show("removed") { autoload :Seven, "seven"; Object.send(:remove_const, :Seven); defined?(Seven) }
        show("inherited") { Class.new(Class.new { autoload :Eight, "eight" }) { puts autoload?(:Eight).inspect, autoload?(:Eight, false).inspect } }
      RUBY
      "one.rb" => "puts :one, caller.inspect\nOne = 1", "two.rb" => "puts :two\nTwo = 2", "three.rb" => "puts :three\nThree = 3", "four.rb" => "\nFour = 4", "five.rb" => "Five = :five"
    )
  end

  def test_autoload_in_modules
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        $LOAD_PATH.unshift(__dir__)
        module Outer
          autoload :Inner, "outer/inner"
          autoload :Other, File.expand_path("outer/other.rb", __dir__)
          def self.inner = Inner
        end
        show("waiting") { [Outer.autoload?(:Inner), Outer.constants.sort] }
        show("nested") { Outer.inner::Deepest::VALUE }
        show("other") { Outer::Other.new.inner }
        class Base; autoload :Part, "part"; end
        class Derived < Base; def part = Part; end
        show("through a superclass") { Derived.new.part }
        module Mixin; autoload :Mixed, "mixed"; end
        show("through an included module") { Class.new { include Mixin; def go = self.class::Mixed }.new.go }
        show("singleton") { class << Outer; autoload :Hidden, "hidden"; end; class << Outer; Hidden; end }
        show("anonymous") { Module.new { autoload :Hidden, "anonymous" }.const_get(:Hidden) }
        show("Kernel#autoload in a method") { Class.new { def go = autoload(:Kern, "kern") }.new.go }
        show("superclass by autoload") { autoload :Parent, "parent"; class Child < Parent; end; Child.superclass }
        show("reopened by autoload") { autoload :Reopened, "reopened"; class Reopened; def mine = 1; end; [Reopened.new.mine, Reopened.new.theirs] }
        show("rescue by autoload") { autoload :Oops, "oops"; begin; raise "x"; rescue Oops; end }
      RUBY
      "outer/inner.rb" => "module Outer; module Inner; autoload :Deepest, 'outer/inner/deepest'; end; end",
      "outer/inner/deepest.rb" => "puts caller.inspect\nmodule Outer::Inner::Deepest; VALUE = 1; end",
      "outer/other.rb" => "class Outer::Other; def inner = Outer::Inner; end", "part.rb" => "class Base; Part = 1; end",
      "mixed.rb" => "Mixin::Mixed = 1", "hidden.rb" => "class << Outer; Hidden = 1; end", "anonymous.rb" => "Hidden = 2",
      "kern.rb" => "Kern = 1", "parent.rb" => "class Parent; end", "reopened.rb" => "class Reopened; def theirs = 2; end", "oops.rb" => "class Oops < StandardError; end"
    )
  end

  def test_autoload_that_fails
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        $LOAD_PATH.unshift(__dir__)
        show("no file") { autoload :Missing, "no_such_file"; Missing }
        show("still waits") { [autoload?(:Missing), defined?(Missing)] }
        show("not defined there") { autoload :Undefined, "undefined"; Undefined }
        show("then") { [autoload?(:Undefined), defined?(Undefined)] }
        show("raises") { autoload :Raises, "raises"; Raises }
        show("raises again") { [autoload?(:Raises), Raises] }
        show("throws") { autoload :Throws, "throws"; catch(:out) { Throws } }
        show("throws again") { autoload?(:Throws) }
        class Finder
          def self.const_missing(name) = "missing \#{name}"
        end
        show("const_missing") { Finder::Nowhere }
        show("const_missing after autoload") { Finder.autoload :Undefined, File.join(__dir__, "undefined2"); Finder::Undefined }
        def Object.const_missing(name)
          puts "const_missing \#{name}"
          require "found"
          const_get(name)
        end
        show("loaded by const_missing") { Found }
        show("names") { autoload "lower", "x" }
        show("empty path") { autoload :Empty, "" }
        show("wrong path") { autoload :Wrong, 1 }
        show("wrong name") { autoload 1, "x" }
        show("string name") { autoload "Text", "text"; Text }
        show("path-like") { autoload :Path, Struct.new(:to_path).new("path"); [autoload?(:Path), Path] }
        show("odd string") { autoload :Odd, Class.new { def to_str = "odd" }.new; Odd }
        show("few arguments") { autoload :Few }
        show("Module, few") { Module.new.autoload(:Few) }
        show("frozen") { Module.new.freeze.autoload(:Froze, "x") }
      RUBY
      "undefined.rb" => "", "undefined2.rb" => "", "raises.rb" => "puts :raising\nraise 'from autoload'", "throws.rb" => "throw :out, :thrown",
      "found.rb" => "Found = :found", "text.rb" => "Text = 1", "path.rb" => "Path = 1", "odd.rb" => "Odd = 1"
    )
  end

  def test_autoload_by_an_overridden_require
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        $LOAD_PATH.unshift(__dir__)
        module Kernel
          alias_method :require_before, :require
          def require(name)
            puts "requiring \#{name} with \#{$LOADED_FEATURES.last == __FILE__}"
            require_before(name).tap { puts "last is \#{File.basename($LOADED_FEATURES.last)}" }
          end
        end
        autoload :One, File.join(__dir__, "one.rb")
        module Space; autoload :Two, File.join(__dir__, "two.rb"); end
        show("one") { One }
        show("two") { Space::Two }
      RUBY
      "one.rb" => "One = 1", "two.rb" => "Space::Two = Space::Three = 2"
    )
  end

  def test_autoload_in_threads
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        autoload :Slow, File.join(__dir__, "slow.rb")
        show("one constant, many threads") { 8.times.map { Thread.new { Slow.object_id } }.map(&:value).uniq.size }
        module Many; 8.times { |i| autoload "Part\#{i}", File.join(__dir__, "parts/\#{i}.rb") }; end
        show("many constants, many threads") { 8.times.map { |i| Thread.new { Many.const_get("Part\#{i}") } }.map(&:value) }
        autoload :Failing, File.join(__dir__, "failing.rb")
        show("failing in threads") { 3.times.map { Thread.new { Failing rescue $!.message } }.map(&:value) }
        autoload :Fibers, File.join(__dir__, "fibers.rb")
        show("in a fiber") { Fiber.new { Fibers }.resume }
      RUBY
      "slow.rb" => "puts :slow\nsleep 0.05\nSlow = Object.new", "failing.rb" => "sleep 0.02\nraise 'no'", "fibers.rb" => "Fibers = Fiber.new { 1 }.resume",
      **8.times.to_h { |i| ["parts/#{i}.rb", "sleep 0.01\nMany::Part#{i} = #{i}"] }
    )
  end

  def test_warnings_of_autoload
    assert_same_behaviour(
      "main.rb" => <<~RUBY,
        require_relative "show"
        autoload :Circular, File.join(__dir__, "circular.rb")
        show("circular") { Circular }
        autoload :Nothing, File.join(__dir__, "nothing.rb")
        show("nothing") { Nothing }
      RUBY
      "circular.rb" => "require_relative 'back'\nCircular = 1", "back.rb" => "puts defined?(Circular).inspect\nrequire_relative 'circular'", "nothing.rb" => "",
      :options => ["-w"]
    )
  end
end
