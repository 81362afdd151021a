# frozen_string_literal: true

require "minitest/autorun"
require_relative "../support/app_copy"
require_relative "../support/app_on_disk"
require_relative "../support/memtrim"
require_relative "../../lib/showcase_memtrim/experiment/fingerprint"
require_relative "../../lib/showcase_memtrim/experiment/workspace"

# A real app boots in its workspace, and writes there only.
class WorkspaceBootTest < Minitest::Test
  include AppOnDisk

  Workspace = ShowcaseMemtrim::Experiment::Workspace
  SHOW = <<~RUBY
    require "./config/environment"
    ActiveRecord::Base.connection.create_table(:made_by_a_trial)
    Rails.logger.info("booted")
    File.write(Rails.root.join("tmp/written"), "")
    puts Rails.root, Bundler.default_gemfile, ActiveRecord::Base.connection_db_config.database, $LOADED_FEATURES.grep(%r{app/models/event}).any?
  RUBY

  def test_the_working_tree
    app = AppCopy.prepare("tenant")
    with_database(app) do
      assert_untouched(app) do
        Workspace.open(app: app) { |workspace| assert_boots(workspace, File.join(app, "Gemfile")) }
      end
    end
  end

  def test_a_revision
    with_repository_of(AppCopy.prepare("tenant")) do |app|
      write(app, "config/environment.rb" => "raise 'the working tree'")
      with_database(app) do
        assert_untouched(app) do
          Workspace.open(app: app, revision: "main") { |workspace| assert_boots(workspace, File.join(workspace.directory, "Gemfile")) }
        end
      end
    end
  end

  def test_an_app_with_an_engine_in_it
    app = AppCopy.prepare("api")
    show = "require './config/environment'; puts Rails.root, Billing::Engine.root"
    assert_untouched(app) do
      Workspace.open(app: app) do |workspace|
        assert_equal [workspace.directory, File.join(app, "engines/billing")], boot(workspace, show)
      end
    end
    with_repository_of(app) do |copy|
      Workspace.open(app: copy, revision: "HEAD") do |workspace|
        assert_equal [workspace.directory, File.join(workspace.directory, "engines/billing")], boot(workspace, show)
      end
    end
  end

  private

  def assert_boots(workspace, gemfile)
    expected = [workspace.directory, gemfile, "storage/production.sqlite3", "true"]
    assert_equal expected, boot(workspace, SHOW).map { |line| line.delete_prefix("#{workspace.directory}/storage/../") }
    refute_empty Dir.glob("**/*", base: workspace.variables.fetch("BOOTSNAP_CACHE_DIR")), "bootsnap's cache is elsewhere"
    assert_includes File.binread(File.join(workspace.directory, "storage/production.sqlite3")), "made_by_a_trial"
  end

  # What the program prints, but for the log.
  def boot(workspace, program)
    env = {"RAILS_ENV" => "production", "SECRET_KEY_BASE_DUMMY" => "1", "TMPDIR" => ENV["TMPDIR"], **workspace.variables}
    result = Memtrim.run_command(RbConfig.ruby, "-e", program, env: env, chdir: workspace.directory)
    assert_equal 0, result.status.exitstatus, result.err
    result.out.lines(chomp: true).grep(%r{\A(/|storage/|true\z|false\z)})
  end

  # The app's own, as a run before would have left it.
  def with_database(app)
    file = File.join(app, "storage/production.sqlite3")
    made = !File.exist?(file) && make_database(app, file)
    yield
  ensure
    FileUtils.rm_f(file) if made
  end

  def make_database(app, file)
    FileUtils.mkdir_p(File.dirname(file))
    program = "SQLite3::Database.new(ARGV.first).execute('CREATE TABLE made_before (id INTEGER)')"
    result = Memtrim.run_command(RbConfig.ruby, "-rbundler/setup", "-rsqlite3", "-e", program, file, env: {"BUNDLE_GEMFILE" => File.join(app, "Gemfile")}, chdir: app)
    assert_equal 0, result.status.exitstatus, result.err
    true
  end

  # As it is after `git clone` and `bundle install`: lock and settings are of the machine.
  def with_repository_of(original)
    Dir.mktmpdir do |dir|
      app = File.join(File.realpath(dir), "app")
      FileUtils.cp_r(original, app)
      FileUtils.rm_rf([File.join(app, "tmp"), File.join(app, "log")])
      write(app, ".gitignore" => "/.bundle\n/tmp\n/log\n/storage/*\nGemfile.lock\n")
      commit_all(app)
      yield app
    end
  end
end
