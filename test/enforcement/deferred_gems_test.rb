# frozen_string_literal: true

require "minitest/autorun"
require "json"
require "time"
require_relative "../support/enforced_app"

# `defer:` in config/memtrim.yml: gems that are loaded when their constants are first used.
class DeferredGemsTest < Minitest::Test
  DEFER = "defer:\n  combine_pdf: [CombinePDF]\n  geocoder: [Geocoder]\n  fast_excel: FastExcel\n  rubyzip: [Zip]\n"
  LOADED = '->(name) { $LOADED_FEATURES.count { |file| file.end_with?("/lib/" + name + ".rb") } }'
  QUIET = {"EAGER_LOAD" => "0"}.freeze

  def test_not_at_boot_with_eager_load_and_at_the_first_use
    EnforcedApp.with(DEFER) do |app|
      result = app.boot(<<~RUBY)
        loaded = #{LOADED}
        p %w[combine_pdf geocoder fast_excel zip].map(&loaded)
        p defined?(CombinePDF), Object.autoload?(:CombinePDF)
        p CombinePDF.new.class, Zip::File.name
        p %w[combine_pdf geocoder fast_excel zip].map(&loaded)
      RUBY
      assert_equal "", result.err
      assert_equal "[0, 0, 0, 0]\n\"expression\"\n\"combine_pdf\"\nCombinePDF::PDF\n\"Zip::File\"\n[1, 0, 0, 1]\n", result.out.sub('"constant"', '"expression"')
    end
  end

  def test_the_apps_own_tests_pass
    EnforcedApp.with(DEFER) do |app|
      result = app.run("bin/rails", "test", env: "test")
      assert_match(/, 0 failures, 0 errors, 0 skips/, result.out, result.err)
      assert_predicate result.status, :success?
    end
  end

  def test_many_threads_load_it_once
    EnforcedApp.with(DEFER) do |app|
      result = app.boot(<<~RUBY, variables: QUIET)
        seen = Queue.new
        gate = Queue.new
        threads = 20.times.map { Thread.new { gate.pop; seen << CombinePDF::PDF.instance_method(:to_pdf).owner } }
        20.times { gate << 1 }
        threads.each(&:join)
        p seen.size, Array.new(seen.size) { seen.pop }.uniq, (#{LOADED}).call("combine_pdf"), ShowcaseMemtrim::Enforcement.current.gems.uses.map(&:gem)
      RUBY
      assert_equal "", result.err
      assert_equal "20\n[CombinePDF::PDF]\n1\n[\"combine_pdf\"]\n", result.out
    end
  end

  def test_a_forked_child_loads_its_own
    EnforcedApp.with(DEFER) do |app|
      result = app.boot(<<~RUBY, variables: QUIET)
        loaded = #{LOADED}
        pid = fork { CombinePDF.new; puts loaded.call("combine_pdf") }
        Process.wait(pid)
        puts $?.success?, loaded.call("combine_pdf")
      RUBY
      assert_equal "1\ntrue\n0\n", result.out, result.err
    end
  end

  def test_from_a_template_in_a_namespace_and_by_name
    EnforcedApp.with(DEFER, files: {"app/models/sheet.rb" => "module Sheet\n  def self.new_pdf\n    CombinePDF.new\n  end\nend\n"}) do |app|
      result = app.boot(<<~RUBY)
        puts ApplicationController.render(inline: "<%= Geocoder.name %>"), Sheet.new_pdf.class, "FastExcel".constantize, Object.const_get(:Zip)
        puts ShowcaseMemtrim::Enforcement.current.gems.uses.map { |use| [use.gem, use.constant, use.file && File.basename(use.file), use.line].inspect }
      RUBY
      assert_equal "", result.err
      lines = result.out.lines(chomp: true)
      assert_equal %w[Geocoder CombinePDF::PDF FastExcel Zip], lines.first(4)
      assert_includes lines, '["combine_pdf", "CombinePDF", "sheet.rb", 3]'
      assert_equal 4, lines.drop(4).size
    end
  end

  def test_an_error_while_it_loads_is_the_apps_own_and_comes_again
    gems = {"shaky" => "raise 'shaky' if ENV['SHAKY'] && !$again\nmodule Shaky; end"}
    EnforcedApp.with("defer:\n  shaky: [Shaky]\n", gems: gems) do |app|
      result = app.boot(<<~RUBY, variables: {**QUIET, "SHAKY" => "1"})
        2.times do
          Shaky
        rescue RuntimeError => error
          puts error.message
        end
        $again = true
        puts Shaky
      RUBY
      assert_equal "shaky\nshaky\nShaky\n", result.out, result.err
    end
  end

  def test_all_that_bundler_would_require_of_it
    EnforcedApp.with("defer:\n  twofold: [Twofold]\n", gems: {"twofold" => "module Twofold; end"}, files: {"vendor/gems/twofold/lib/twofold/more.rb" => "module Twofold; MORE = 1; end"}) do |app|
      app.write("Gemfile", app.read("Gemfile").sub(/(gem "twofold".*)$/) { "#{$1}, require: [\"twofold\", \"twofold/more\"]" })
      result = app.boot("p #{LOADED}.call('twofold'), Twofold::MORE", variables: QUIET)
      assert_equal "0\n1\n", result.out, result.err
    end
  end

  def test_a_gem_of_another_group_stays_unknown
    EnforcedApp.with("defer:\n  minitest: [Minitest]\n") do |app|
      assert_equal "nil\n", app.boot("p defined?(Minitest)", variables: QUIET).out
    end
  end

  def test_one_that_is_loaded_at_boot_all_the_same_is_reported
    EnforcedApp.with(DEFER, files: {"config/initializers/places.rb" => "\nGeocoder.configure(lookup: :test)\n", "config/initializers/zips.rb" => "require \"zip\"\n"}) do |app|
      result = app.boot
      assert_equal [
        "config/memtrim.yml:3: geocoder is deferred, and config/initializers/places.rb:2 loads it at boot all the same",
        "config/memtrim.yml:5: rubyzip is deferred, and somebody requires it at boot all the same"
      ], result.notes.map { |note| note.sub("config/initializers/zips.rb:1 loads", "somebody requires") }
      assert_equal "booted\n", result.out
      app.write("config/memtrim.yml", "#{DEFER}enforce: off\n")
      assert_equal "", app.boot.err
    end
  end

  def test_first_uses_are_logged
    EnforcedApp.with(DEFER, files: {"app/models/sheet.rb" => "class Sheet\n  PDF = -> { CombinePDF.new }\nend\n"}) do |app|
      log = File.join(app.directory, "log/uses.jsonl")
      app.write("log/.keep", "")
      result = app.boot("Sheet::PDF.call; Sheet::PDF.call; Zip", variables: {"MEMTRIM_TRACE" => log})
      assert_equal "", result.err
      first, second = File.readlines(log).map { |line| JSON.parse(line) }
      assert_equal ["combine_pdf", "CombinePDF", "app/models/sheet.rb:2"], first.values_at("gem", "constant", "caller")
      assert_equal ["rubyzip", "Zip"], second.values_at("gem", "constant")
      assert_in_delta Time.now.to_f, Time.parse(first["time"]).to_f, 60
      assert_operator first["seconds"], :>, 0
      assert_kind_of Integer, first["bytes"]
      assert_equal 2, File.readlines(log).size
    end
  end

  def test_a_log_that_cannot_be_written_is_said_once
    EnforcedApp.with(DEFER) do |app|
      result = app.boot("p CombinePDF, Zip", variables: {**QUIET, "MEMTRIM_TRACE" => "/nowhere/uses.jsonl"})
      assert_equal "CombinePDF\nZip\n", result.out
      assert_equal 1, result.notes.size, result.err
      assert_match(/MEMTRIM_TRACE: .*nowhere.*first uses are not logged/, result.notes.first)
    end
  end

  # What is refused before Rails is loaded: config/memtrim.yml, the message.
  REFUSED = {
    "railties: [action_mailr/railtie]\n" => /config\/memtrim\.yml:1: action_mailr\/railtie is no railtie of Rails [\d.]+, or its gem is not in the bundle; did you mean action_mailer\/railtie\?/,
    "railties: [active_record]\n" => /active_record is no railtie .*; did you mean active_record\/railtie\?/,
    "defer:\n  geocodr: [Geocoder]\n" => /config\/memtrim\.yml:2: no gem geocodr in the bundle; did you mean geocoder\?/,
    "defer:\n  aws-sdk-core: [Aws]\n" => /config\/memtrim\.yml:2: aws-sdk-core is not in the Gemfile but brought in by another gem, which requires it when it likes: it can't be deferred/,
    "defer:\n  geocoder: [Geocodr]\n" => /config\/memtrim\.yml:2: geocoder [\d.]+ defines no Geocodr; `memtrim defer geocoder` finds its constants/,
    "railtis: []\n" => /config\/memtrim\.yml:1: no key railtis; did you mean railties\?/,
    "railties: [\n" => /config\/memtrim\.yml:\d: not YAML/
  }.freeze

  def test_what_cannot_be_had_is_one_clear_error_before_rails_is_loaded
    EnforcedApp.with do |app|
      REFUSED.each do |configuration, message|
        app.write("config/memtrim.yml", configuration)
        result = app.boot(before: "END { puts $LOADED_FEATURES.grep(%r{/rails\\.rb$}).grep_v(/memtrim/).size }")
        assert_match message, result.err.lines.first
        assert_match(/\(ShowcaseMemtrim::Error\)/, result.err)
        assert_equal "0\n", result.out
        refute_predicate result.status, :success?
      end
    end
  end
end
