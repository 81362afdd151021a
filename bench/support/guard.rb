# frozen_string_literal: true

require "bundler"
require "fileutils"
require "json"
require "open3"
require "rbconfig"
require_relative "generated_app"
require_relative "planted"
require_relative "result"
require_relative "../../test/support/app_copy"

# What bench/guard shows, section by section: on a copy of the sample app that has a budget, a baseline and a test.
module Guard
  MB = 1_000_000
  MEMTRIM = File.join(GeneratedApp::ROOT, "bin/memtrim")

  TEST = <<~RUBY
    require "test_helper"
    require "showcase_memtrim/minitest"

    class MemoryTest < ActiveSupport::TestCase
      test("a boot keeps to its budget") { assert_boot_within_budget }
    end
  RUBY

  # An app with a gem that holds up to 0.2 MB, another amount each time.
  class Section
    JITTER = "JITTER = 'x' * Random.rand(200_000)\n"

    # @param checks [Integer] how many in a row must raise no alarm
    def initialize(checks)
      @checks = checks
      @app = File.join(GeneratedApp::ROOT, "tmp/bench/ruby-#{AppCopy::RUBY}/guard")
      prepare
    end

    private

    def prepare
      FileUtils.rm_rf(@app)
      FileUtils.mkdir_p(File.dirname(@app))
      FileUtils.cp_r(AppCopy.prepare("tenant", in_gemfile: true), @app)
      Planted.plant(@app, "jitter", JITTER)
      bundle
      File.write(File.join(@app, "test/memory_test.rb"), TEST)
      write_budget
      memtrim("baseline")
    end

    def bundle
      GeneratedApp.bundle(@app)
    end

    # A little more than the app takes: held 0.5 MB, resident memory 8 %.
    def write_budget
      totals = JSON.parse(memtrim("report", "--no-verdicts", "--format", "json").first).fetch("totals")
      held = totals.fetch("held_bytes") - totals.fetch("interpreter_bytes")
      File.write(File.join(@app, "config/memtrim.yml"), <<~YAML)
        budget:
          held: #{held + MB / 2}
          rss: #{(totals.fetch("rss_bytes") * 1.08).round}
          anon: #{(totals.fetch("anon_bytes") * 1.08).round}
          gems:
            geocoder: 3 MB
      YAML
    end

    # @return [Array(String, Integer)] output and exit status
    def memtrim(command, *arguments)
      run(RbConfig.ruby, MEMTRIM, command, *arguments, "--app", @app)
    end

    def run(*command)
      out, status = Open3.capture2(Bundler.unbundled_env.merge("RAILS_ENV" => nil), *command, chdir: @app, unsetenv_others: true, err: File::NULL)
      [out, status.exitstatus]
    end
  end

  # A gem of 3 MB comes and goes.
  class Growth < Section
    FAT = "FAT = Array.new(30) { 'x' * 100_000 }.freeze\n"

    def results
      lists = %w[Gemfile Gemfile.lock].to_h { |name| [File.join(@app, name), File.read(File.join(@app, name))] }
      before = [check, test]
      Planted.plant(@app, "fat", FAT)
      bundle
      during = [check, test]
      lists.each { |file, text| File.write(file, text) }
      FileUtils.rm_rf(File.join(@app, "vendor/gems/fat"))
      after = [check, test]
      %w[check assertion].each_with_index.map do |what, index|
        colours = [before, during, after].map { |each| each[index][:green] ? "green" : "red" }
        ok = colours == %w[green red green] && during[index][:first] == "fat"
        Result.new(what: "#{what} without, with and again without a gem of 3 MB", value: "#{colours.join(", ")}; first named: #{during[index][:first]}", ok: ok)
      end
    end

    private

    def check
      out, status = memtrim("check", "--format", "json")
      grown = JSON.parse(out).dig("growth", "blame")&.first
      {green: status.zero?, first: grown && grown["name"]}
    end

    def test
      out, status = run("bin/rails", "test", "test/memory_test.rb")
      {green: status.zero?, first: out[/More than in .*\n +\S+ MiB +(\S+)/, 1]}
    end
  end

  # The same app again and again, whatever a gem's jitter.
  class Alarms < Section
    def results
      statuses = Array.new(@checks) { memtrim("check").last }
      alarms = statuses.count(1)
      unsure = statuses.count { |status| status > 1 }
      [Result.new(what: "checks of an app whose gem holds 0 to 0.2 MB by chance", value: "#{statuses.size} checks, #{alarms} false alarms, #{unsure} inconclusive", ok: alarms.zero? && unsure.zero?)]
    end
  end

  SECTIONS = {"growth" => Growth, "alarms" => Alarms}.freeze
end
