# frozen_string_literal: true

require "minitest/autorun"
require "minitest/mock"
require_relative "../support/app_on_disk"
require_relative "../../lib/showcase_memtrim/experiment/workspace"

# A workspace of a revision in the app's repository: its own files, what a machine adds, and nothing written to .git.
class RevisionTest < Minitest::Test
  include AppOnDisk

  Workspace = ShowcaseMemtrim::Experiment::Workspace

  def test_the_revision_in_place_of_the_working_tree
    in_a_repository("lib/a.rb" => "old", "lib/gone.rb" => "", "bin/run" => "", ".gitattributes" => "spec export-ignore\nlib/a.rb export-subst\n", "spec/a_spec.rb" => "$Format:%H$", "a b\n\xE9" => "x") do |app|
      File.chmod(0o755, File.join(app, "bin/run"))
      File.symlink("a.rb", File.join(app, "lib/link.rb"))
      first = commit_all(app)
      git(app, "rm", "--quiet", "lib/gone.rb")
      write(app, "lib/a.rb" => "committed")
      second = commit_all(app)
      git(app, "tag", "v2")
      git(app, "branch", "feature/x", first)
      write(app, "lib/a.rb" => "changed", "lib/new.rb" => "untracked")
      [[first, "old"], [first[0, 8], "old"], ["feature/x", "old"], ["HEAD~1", "old"], ["v2", "committed"], ["main", "committed"], [second, "committed"]].each do |revision, content|
        opened(app, revision) do |copy, workspace|
          assert_equal content, File.read(File.join(copy, "lib/a.rb")), revision
          assert_equal content, File.read(File.join(copy, "lib/link.rb"))
          assert_equal((content == "old") ? [first, true] : [second, false], [workspace.revision, File.exist?(File.join(copy, "lib/gone.rb"))])
          refute File.exist?(File.join(copy, "lib/new.rb"))
          assert File.executable?(File.join(copy, "bin/run"))
          assert File.exist?(File.join(copy, "spec/a_spec.rb")), "left out for .gitattributes"
          assert_equal "x", File.read(File.join(copy, "a b\n\xE9"))
          assert_equal File.join(copy, "Gemfile"), workspace.gemfile
          assert_equal "lib/a.rb", workspace.original(File.join(copy, "lib/a.rb"))
          refute File.exist?(File.join(copy, ".git"))
        end
      end
    end
  end

  def test_what_a_machine_adds
    in_a_repository(".gitignore" => "/.env\n/config/*.key\n/config/application.yml\n/storage/*\n/log/*\n/node_modules\n/app/assets/builds/*\n*.lock\n/.bundle\n", "config/kept.yml" => "tracked", "db/tracked.sqlite3" => SQLITE) do |app|
      commit_all(app)
      machine = {".env" => "A=1", "config/master.key" => "k", "config/application.yml" => "a", "storage/production.sqlite3" => SQLITE, "app/assets/builds/a.css" => "c", "Gemfile.lock" => "l"}
      write(app, machine.merge("log/x.log" => "", "node_modules/a.js" => ""))
      untracked = {"config/database.yml" => "d", "config/credentials/production.key" => "k", ".env.local" => "B=1", "db/other.sqlite3" => SQLITE}
      write(app, untracked.merge("config/initializers/new.rb" => "", "config/kept.yml" => "changed", "db/tracked.sqlite3" => SQLITE + "changed"))
      opened(app, "main") do |copy|
        machine.merge(untracked).each { |path, content| assert_equal content.b, File.binread(File.join(copy, path)), path }
        assert_equal ["tracked", SQLITE], [File.read(File.join(copy, "config/kept.yml")), File.binread(File.join(copy, "db/tracked.sqlite3"))]
        refute File.exist?(File.join(copy, "config/initializers/new.rb"))
        assert_empty Dir.children(File.join(copy, "log"))
        assert_equal File.join(app, "node_modules"), File.readlink(File.join(copy, "node_modules"))
        Dir[File.join(copy, "{storage,db}/*.sqlite3")].each { |file| File.write(file, "written") }
      end
    end
  end

  def test_bundlers_settings
    [
      ["BUNDLE_PATH: \"vendor/gems\"\nBUNDLE_WITHOUT: \"test\"\n", ->(app) { "BUNDLE_PATH: \"#{app}/vendor/gems\"\nBUNDLE_WITHOUT: \"test\"\n" }],
      ["BUNDLE_PATH: /gems\n", ->(_) { "BUNDLE_PATH: \"/gems\"\n" }],
      ["BUNDLE_DEPLOYMENT: \"true\"\n", ->(app) { "BUNDLE_DEPLOYMENT: \"true\"\nBUNDLE_PATH: \"#{app}/vendor/bundle\"\n" }]
    ].each do |settings, expected|
      in_a_repository(".gitignore" => "/.bundle\n", ".bundle/config" => "---\n#{settings}") do |app|
        commit_all(app)
        opened(app, "main") { |copy| assert_equal "---\n#{expected.call(app)}", File.read(File.join(copy, ".bundle/config")) }
      end
    end
  end

  def test_an_app_in_a_larger_repository_and_gems_beside_it
    Dir.mktmpdir do |dir|
      root = File.join(File.realpath(dir), "monorepo")
      lock = "PATH\n  remote: ../gems/inside\n  specs:\n    inside (1)\n\nPATH\n  remote: ../../outside\n  specs:\n    outside (1)\n"
      write(root, "apps/config/environment.rb" => "", "apps/Gemfile" => "", "apps/Gemfile.lock" => lock, "gems/inside/a.rb" => "old")
      write(dir, "outside/b.rb" => "b")
      commit_all(root)
      write(root, "gems/inside/a.rb" => "changed")
      app = File.join(root, "apps")
      assert_untouched(dir) do
        opened(app, "main") do |copy, workspace|
          assert_equal "old", File.read(File.join(copy, "../gems/inside/a.rb"))
          assert_equal "b", File.read(File.expand_path("../../outside/b.rb", copy))
          assert_equal [File.join(copy, "Gemfile"), File.join(root, "gems/inside/a.rb")], [workspace.gemfile, workspace.original(File.expand_path("../gems/inside/a.rb", copy))]
        end
      end
      Bundler.stub(:unbundled_env, {"BUNDLE_GEMFILE" => File.join(app, "Gemfile")}) { opened(app, "main") { |copy, workspace| assert_equal File.join(copy, "Gemfile"), workspace.gemfile } }
    end
  end

  def test_links_out_of_the_repository
    in_a_repository do |app|
      write(File.dirname(app), "shared/x.rb" => "x", "data/one.db" => SQLITE)
      {"lib" => "../shared", "storage" => "../data"}.each { |path, target| File.symlink(target, File.join(app, path)) }
      commit_all(app)
      assert_untouched(File.dirname(app)) do
        opened(app, "main") do |copy|
          assert_equal "x", File.read(File.join(copy, "lib/x.rb"))
          File.write(File.join(copy, "storage/one.db"), "written")
        end
      end
    end
  end

  def test_submodules
    Dir.mktmpdir do |dir|
      engine = File.join(dir, "engine")
      write(engine, "engine.rb" => "one")
      commit_all(engine)
      in_a_repository do |app|
        git(app, "init", "--quiet", "--initial-branch=main")
        git(app, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", engine, "engines/a")
        commit_all(app)
        write(app, "engines/a/engine.rb" => "changed")
        opened(app, "main") { |copy| assert_equal "one", File.read(File.join(copy, "engines/a/engine.rb")) }
      end
    end
  end

  def test_a_repository_with_other_settings_and_hooks
    in_a_repository("lib/a.rb" => "a") do |app|
      commit_all(app)
      hook = File.join(app, ".git/hooks/post-index-change")
      FileUtils.mkdir_p(File.dirname(hook))
      File.write(hook, "#!/bin/sh\ntouch #{app}/hooked\n", perm: 0o755)
      %w[core.splitIndex core.fsmonitor core.sparseCheckout log.showSignature core.quotePath].each { |setting| git(app, "config", setting, "true") }
      write(app, ".git/info/sparse-checkout" => "/config\n")
      Dir.mktmpdir do |other|
        write(other, "x" => "")
        commit_all(other)
        with_variables("GIT_DIR" => File.join(other, ".git"), "GIT_INDEX_FILE" => File.join(other, ".git/index"), "GIT_WORK_TREE" => other) do
          opened(app, "main") { |copy| assert_equal "a", File.read(File.join(copy, "lib/a.rb")) }
        end
      end
    end
  end

  def test_a_linked_working_tree
    in_a_repository("lib/a.rb" => "a") do |app|
      commit_all(app)
      other = File.join(File.dirname(app), "other")
      git(app, "worktree", "add", "--quiet", "-b", "other", other)
      assert_untouched(File.dirname(app)) do
        opened(other, "main") { |copy| assert_equal "a", File.read(File.join(copy, "lib/a.rb")) }
      end
    end
  end

  def test_what_can_not_be_had
    in_a_repository do |app|
      write(app, "Gemfile.next" => "")
      with_variables("GIT_CEILING_DIRECTORIES" => File.dirname(app)) { assert_error(app, "main", /#{app} is in no git repository that could give main: not a git repository/) }
      commit_all(app)
      ["nope", "-x", "--all", "", "main:Gemfile", "a..b", "HEAD~9"].each { |revision| assert_error(app, revision, /no revision #{Regexp.escape(revision)} in #{app}: .*git fetch/) }
      git(app, "rm", "--quiet", "Gemfile")
      commit_all(app)
      write(app, "Gemfile" => "")
      assert_error(app, "main", /no Gemfile for #{app} at main: Gemfile is missing there/)
      git(app, "rm", "--quiet", "config/environment.rb")
      commit_all(app)
      write(app, "config/environment.rb" => "")
      assert_error(app, "main", /no Rails app in #{app} at main: config\/environment\.rb is missing there/)
      with_variables("PATH" => "/nowhere") { assert_error(app, "main", /git is not installed/) }
    end
  end

  private

  def in_a_repository(files = {}, &block)
    with_app(files, &block)
  end

  def opened(app, revision)
    assert_untouched(app) do
      Workspace.open(app: app, revision: revision) { |workspace| yield workspace.directory, workspace }
    end
  end

  def assert_error(app, revision, says)
    error = assert_raises(ShowcaseMemtrim::Error) { Workspace.open(app: app, revision: revision) { flunk } }
    assert_match says, error.message
    assert_equal 1, error.message.lines.size
  end

  def with_variables(variables)
    before = variables.keys.to_h { |name| [name, ENV[name]] }
    ENV.update(variables)
    yield
  ensure
    ENV.update(before)
  end
end
