# frozen_string_literal: true

require "minitest/autorun"
require "json"
require_relative "support/app_on_disk"
require_relative "support/clean_exit"
require_relative "support/memtrim_here"
require_relative "support/planted_gems"

# `memtrim diff`: of recordings, git revisions, the working tree. And boots with a cold cache, which are no measure.
class DiffTest < Minitest::Test
  include CleanExit

  def test_two_recordings
    with_recordings do |one, other, light|
      result = here(one, other)
      assert_equal [0, ""], [result.status.exitstatus, result.err]
      assert_match(/\A#{Regexp.escape(one)} → #{Regexp.escape(other)}\napp · Ruby .*nothing holds more or less/m, result.out)
      parsed = JSON.parse(here(one, other, "--format", "json").out)
      assert_equal [one, other, []], [parsed.dig("before", "name"), parsed.dig("after", "name"), parsed.dig("growth", "blame")]
      assert_match(/\A### /, here(one, other, "--format", "markdown").out)
      assert_match(/\A::notice title=/, here(one, other, "--format", "github").out)
      file = "#{one}.json"
      assert_equal "", here(one, other, "--format", "json", "-o", file).out
      assert_equal parsed, JSON.parse(File.read(file))

      assert_refused(/: a light recording has no held bytes/, one, light)
      assert_refused(/x\.json.*not a memtrim recording/, "#{one}.x.json".tap { |path| File.write(path, "{}\n") }, one)
      assert_refused(/is a directory; a diff is of recordings/, one, File.dirname(one))
      assert_refused(/no Rails app in/, one, "--app", File.dirname(one))
      assert_refused(/can't be written/, one, other, "-o", "/no/such/dir/x")
    end
    assert_refused(/\Adiff what\? memtrim diff main /)
    assert_refused(/\Adiff what\?/, "a", "b", "c")
  end

  def test_git_revisions_and_the_working_tree
    with_repository do |app, git|
      before = AppOnDisk.instance_method(:digest_of).bind_call(git, app)
      result = diff("HEAD~1", "HEAD", "--app", app)
      assert_equal 0, result.status.exitstatus, result.err
      assert_match(/\AHEAD~1 → HEAD\n.*^WHO.*^fat 1 +\+3\.0 +grew$/m, result.out)
      result = diff("main", "--app", app, "--format", "json")
      parsed = JSON.parse(result.out)
      assert_equal ["main", "working tree", "fat", "gem"], [parsed.dig("before", "name"), parsed.dig("after", "name"), *parsed.dig("growth", "blame", 0).values_at("name", "kind")]
      assert_in_delta(-2, parsed.dig("growth", "held_bytes").fdiv(1 << 20), 0.1)
      assert_equal before, AppOnDisk.instance_method(:digest_of).bind_call(git, app)
    end
  end

  def test_revisions_that_are_not_there_or_do_not_boot
    with_repository do |app, git|
      in_a_clean_directory do
        assert_fails "diff", "no/such", "--app", app, says: /no revision no\/such in/
        File.write(File.join(app, "config/environment.rb"), "exit! 3")
        refused = diff("HEAD", "--app", app)
        assert_equal [2, ""], [refused.status.exitstatus, refused.out]
        assert_match(/\Aworking tree: the app does not boot: the process died\z/, refused.notes.last)
        git.git(app, "commit", "--quiet", "--all", "--message", "broken")
        File.write(File.join(app, "config/environment.rb"), "raise 'no'")
        refused = diff("HEAD~1", "--app", app)
        assert_match(/\Aworking tree: the app does not boot: RuntimeError: no\z/, refused.notes.last)
      end
    end
  end

  # A boot that compiles holds megabytes more: it is not the baseline, and exceeds nothing.
  def test_boots_with_a_cold_cache
    environment = "require 'bundler/setup'\nrequire 'bootsnap/setup'\nBundler.require"
    code = Array.new(4000) { |index| "def m#{index}(a, b: #{index}) = a.map { |x| x + b }.select(&:odd?)" }.join("\n")
    PlantedGems.in_an_app({"large" => code}, environment: environment, others: ["gem 'bootsnap'"]) do |app|
      result = Memtrim.run("baseline", "--app", app)
      assert_predicate result.status, :success?, result.err
      assert_includes result.notes, "Bootsnap had something to compile: booting again"
      assert_equal ["booting app (production)…"], unchanged(app).notes
      FileUtils.rm_r(File.join(app, "tmp/cache"))
      assert_includes unchanged(app).notes, "Bootsnap had something to compile: booting again"
    end
  end

  private

  def diff(*arguments)
    Memtrim.run("diff", *arguments)
  end

  def here(*arguments)
    MemtrimHere.run("diff", *arguments)
  end

  def assert_refused(says, *arguments)
    result = here(*arguments)
    assert_equal [2, "", 1], [result.status.exitstatus, result.out, result.err.lines.size], result.err
    assert_match says, result.notes.first
  end

  # @return [Memtrim::Result] of a check that finds the baseline's figure again
  def unchanged(app)
    Memtrim.run("check", "--app", app, "--format", "json").tap do |result|
      assert_in_delta 0, JSON.parse(result.out).dig("growth", "held_bytes").fdiv(1 << 20), 0.1
    end
  end

  # Two of the very same, and one without the counter.
  def with_recordings
    Dir.mktmpdir("diff") do |dir|
      files = %w[one other light].map { |name| File.join(dir, "#{name}.memtrim") }
      PlantedGems.in_an_app({"thin" => "THIN = 1"}) do |app|
        files.each { |file| assert_predicate Memtrim.run("record", "-o", file, "--app", app, *("--light" if file.include?("light"))).status, :success? }
      end
      yield files
    end
  end

  # A gem grows by 3 MiB in the last commit, and has lost 2 of them since.
  def with_repository
    git = Object.new.extend(AppOnDisk)
    PlantedGems.in_an_app({"thin" => "THIN = 1", "fat" => "FAT = []"}, files: {".gitignore" => ".bundle\n"}) do |app|
      git.commit_all(app)
      write = ->(count) { File.write(File.join(app, "gems/fat/lib/fat.rb"), "FAT = Array.new(#{count}) { |index| index.to_s * (1 << 20) }") }
      write.call(3)
      git.commit_all(app)
      write.call(1)
      yield app, git
    end
  end
end
