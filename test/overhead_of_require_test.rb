# frozen_string_literal: true

require "minitest/autorun"
require_relative "support/app_copy"
require_relative "support/memtrim"

# What an app pays for `require "showcase_memtrim"` when it is not recorded, and for "showcase_memtrim/rails" in place
# of rails/all: next to nothing.
class OverheadOfRequireTest < Minitest::Test
  LIB = File.expand_path("../lib", __dir__)
  MOST_PRIVATE_KB = 300
  # Kilobytes of a page more or less are the kernel's and the allocator's doing: the smallest of so many counts.
  TRIALS = 5

  def test_only_its_own_few_files_are_loaded
    before, after = ruby(<<~RUBY).lines.map(&:split)
      before = $LOADED_FEATURES.dup
      require "showcase_memtrim"
      puts "-", ($LOADED_FEATURES - before).join(" ")
    RUBY
    assert_equal ["-"], before
    assert_equal %w[showcase_memtrim.rb showcase_memtrim/version.rb], after.map { |file| file.delete_prefix("#{LIB}/") }.sort
  end

  def test_the_native_library_is_not_there
    output = ruby(<<~RUBY)
      require "showcase_memtrim"
      puts $LOADED_FEATURES.grep(/memtrim.*\\.(so|bundle)/).size
      puts File.foreach("/proc/self/maps").grep(/memtrim/).size if File.exist?("/proc/self/maps")
      puts ShowcaseMemtrim.constants.sort.inspect, ShowcaseMemtrim.autoload?(:CLI).inspect
    RUBY
    assert_equal [0, 0], output.lines.first(2).map(&:to_i)
    assert_match(/\[:CLI, :Error, :LOADED_BY, :Memory, :Settle, :Trace, :VERSION\]/, output)
    assert_match(/cli"$/, output)
  end

  def test_no_method_of_ruby_is_changed
    assert_equal "true\n", ruby(<<~RUBY)
      look = -> { [Kernel, Module].map { |owner| (owner.instance_methods(false) + owner.private_instance_methods(false)).sort.map { |name| owner.instance_method(name).hash } } }
      before = look.call
      require "showcase_memtrim"
      puts before == look.call
    RUBY
  end

  def test_it_takes_under_a_third_of_a_megabyte
    skip "needs /proc" unless File.exist?("/proc/self/smaps_rollup")
    grown = Array.new(TRIALS) do
      Integer(ruby(<<~RUBY))
        private_kb = -> { File.foreach("/proc/self/smaps_rollup").grep(/^Private_/).sum { |line| line[/\\d+/].to_i } }
        private_kb.call
        GC.start
        before = private_kb.call
        require "showcase_memtrim"
        puts private_kb.call - before
      RUBY
    end
    assert_operator grown.min, :<, MOST_PRIVATE_KB
  end

  def test_in_place_of_rails_all_it_takes_no_more
    skip "needs /proc" unless File.exist?("/proc/self/smaps_rollup")
    app = AppCopy.prepare("tenant", in_gemfile: true)
    figures = Array.new(TRIALS) do
      result = Memtrim.run_command("ruby", "-e", <<~RUBY, chdir: app, env: {"BUNDLE_GEMFILE" => File.join(app, "Gemfile")})
        require "bundler/setup"
        require "rails/all"
        private_kb = -> { File.foreach("/proc/self/smaps_rollup").grep(/^Private_/).sum { |line| line[/\d+/].to_i } }
        now = -> { Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) }
        private_kb.call
        GC.start
        before = [private_kb.call, now.call]
        features = $LOADED_FEATURES.dup
        require "showcase_memtrim/rails"
        took = now.call - before.last
        puts private_kb.call - before.first, took, ($LOADED_FEATURES - features).map { |file| File.basename(file) }.join(" ")
      RUBY
      assert_predicate result.status, :success?, result.err
      result.out.lines(chomp: true)
    end
    assert_operator figures.map { |private, _, _| private.to_i }.min, :<, MOST_PRIVATE_KB
    assert_operator figures.map { |_, seconds, _| seconds.to_f }.min, :<, 0.01
    assert_equal %w[rails.rb railtie.rb showcase_memtrim.rb], figures.first.last.split.sort, "version.rb is the gemspec's"
  end

  def test_it_takes_under_ten_milliseconds
    seconds = Array.new(TRIALS) do
      Float(ruby(<<~RUBY))
        now = -> { Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) }
        before = now.call
        require "showcase_memtrim"
        puts now.call - before
      RUBY
    end
    assert_operator seconds.min, :<, 0.01
  end

  def test_it_says_nothing_under_w
    result = Memtrim.run_command(RbConfig.ruby, "-w", "-I", LIB, "-e", "require 'showcase_memtrim'; ShowcaseMemtrim::CLI.name")
    assert_predicate result.status, :success?
    assert_empty result.err + result.out
  end

  private

  def ruby(program)
    result = Memtrim.run_command(RbConfig.ruby, "-I", LIB, "-e", program)
    assert_predicate result.status, :success?, result.err
    result.out
  end
end
