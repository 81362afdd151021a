# frozen_string_literal: true

require "json"
require "minitest"
require "tmpdir"
require_relative "figures"
require_relative "../../test/support/suite_app"

# A suite of one test that asserts on the boot, the same suite without, and one plain production boot, in turns.
class Assertions
  # Seconds more than one boot.
  LIMIT = 0.5

  HELPER = <<~RUBY
    ENV["RAILS_ENV"] ||= "test"
    require_relative "../config/environment"
    require "rails/test_help"
  RUBY

  WITHOUT = <<~RUBY
    require "bench_helper"

    class BenchTest < ActiveSupport::TestCase
      test("nothing") { assert true }
    end
  RUBY

  WITH = <<~RUBY
    require "bench_helper"
    require "showcase_memtrim/minitest"

    class BenchTest < ActiveSupport::TestCase
      test("rss") { assert_boot_rss_below "400 MB" }
      test("held") { assert_boot_held_below "400 MB" }
      test("railties") { assert_railties_loaded "active_record/railtie" }
    end
  RUBY

  BOOT = ["ruby", "-e", %(require "./config/environment")].freeze

  # @param name [String] of a sample app
  def initialize(name, rounds:)
    @name = name
    @app = SuiteApp.of(name)
    @rounds = rounds
  end

  def to_s(format)
    (format == "json") ? JSON.pretty_generate(figures.merge(within_limits: within_limits?)) : lines.join("\n")
  end

  def within_limits?
    figures[:median][:more_than_a_boot] <= LIMIT
  end

  # Seconds: of each way the median and the quickest, and from each of them what the assertions cost.
  def figures
    @figures ||= begin
      taken = rounds
      by = {median: Figures.method(:median), quickest: :min.to_proc}
      by.to_h do |name, pick|
        seconds = taken.first.keys.to_h { |way| [way, pick.call(taken.map { |round| round[way] })] }
        cost = seconds[:with] - seconds[:without]
        [name, {**seconds, cost: cost, more_than_a_boot: cost - seconds[:boot]}.transform_values { |value| value.round(3) }]
      end.merge(app: @name, rounds: @rounds)
    end
  end

  private

  def rounds
    ways = {boot: -> { boot }, without: -> { suite(WITHOUT) }, with: -> { suite(WITH) }}
    ways.each_value(&:call) # warms the caches
    Array.new(@rounds) do |round|
      warn "bench: #{@name}, round #{round + 1} of #{@rounds}" if $stderr.tty?
      ways.keys.rotate(round).to_h { |way| [way, ways[way].call] }
    end
  end

  def boot
    seconds { @app.run(*BOOT, env: "production") }
  end

  def suite(test)
    Dir.mktmpdir("notes") do |notes|
      seconds { @app.suite("ruby", "-Itest", "-e", %(require "./test/bench_test"), files: {"test/bench_helper.rb" => HELPER, "test/bench_test.rb" => test}, notes: notes, env: {"RUBYOPT" => nil}).first }
    end
  end

  def seconds
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    result = yield
    raise "failed: #{result.out}#{result.err}" unless result.status.success?
    Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
  end

  def lines
    rows = {"one plain boot, production" => :boot, "the suite without assertions" => :without, "the suite with three of them" => :with, "they cost" => :cost, "more than one boot" => :more_than_a_boot}
    median, quickest = figures.values_at(:median, :quickest)
    [
      *Figures.table([["#{@name}, seconds, #{@rounds} rounds", "median", "quickest"], *rows.map { |name, key| [name, *[median, quickest].map { |taken| format("%.2f", taken[key]) }] }]),
      "", "#{within_limits? ? "ok     " : "EXCEEDS"}  more than one boot: #{format("%.2f", median[:more_than_a_boot])} s of at most #{LIMIT} s"
    ]
  end
end
