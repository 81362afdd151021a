# frozen_string_literal: true

require "fileutils"
require "minitest/autorun"
require "tmpdir"
require_relative "support/awkward_app"
require_relative "support/memtrim"

# The app of awkward gems is what those who hold verdicts against it take it for.
class AwkwardAppTest < Minitest::Test
  # Asked in the booted process itself, which is quick.
  QUICK = AwkwardGems.all.select { |plant| plant.used? && !plant.works.match?(/\b(?:sh|ruby|precompiled)\(/) }.map(&:name).freeze

  def test_its_tests_pass_and_it_works_in_production
    in_a_copy do |app|
      assert_operator QUICK.size, :>, 35
      assert_empty(AwkwardApp.answers(app, names: QUICK).reject { |_, answer| answer == true })
      assert_its_tests_pass app
    end
  end

  # A green test suite is no proof: here the page, the job and the agent are broken.
  def test_its_tests_pass_without_gems_that_it_uses
    broken = %w[geo_hashing heavy_report growth_agent bark_textures quick_json]
    in_a_copy do |app|
      gemfile = File.join(app, "Gemfile")
      File.write(gemfile, File.readlines(gemfile).grep_v(/gem "(?:#{broken.join("|")})"/).join)
      assert_its_tests_pass app
      asked = broken & QUICK
      assert_equal asked, AwkwardApp.answers(app, names: asked).reject { |_, answer| answer == true }.keys
    end
  end

  def test_an_app_that_does_not_boot_answers_nothing
    in_a_copy do |app|
      File.write(File.join(app, "config/initializers/broken.rb"), "raise 'not today'")
      error = assert_raises(AppCopy::Error) { AwkwardApp.answers(app, names: %w[mulch]) }
      assert_includes error.message, "not today"
    end
  end

  private

  def in_a_copy
    Dir.mktmpdir do |directory|
      app = File.join(File.realpath(directory), "garden")
      FileUtils.cp_r(AwkwardApp.prepare, app)
      yield app
    end
  end

  def assert_its_tests_pass(app)
    result = Memtrim.run_command("bin/rails", "test", chdir: app, env: {"RAILS_ENV" => "test"})
    assert result.status.success?, result.out + result.err
    assert_match(/^4 runs, \d+ assertions, 0 failures, 0 errors, 0 skips$/, result.out)
  end
end
