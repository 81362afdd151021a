# frozen_string_literal: true

require "minitest/autorun"
require "minitest/mock"
require_relative "../support/app_on_disk"
require_relative "../../lib/showcase_memtrim/experiment/fingerprint"
require_relative "../../lib/showcase_memtrim/experiment/workspace"

# What a trial's figures depend on changes the fingerprint, and nothing else does.
class FingerprintTest < Minitest::Test
  include AppOnDisk

  Fingerprint = ShowcaseMemtrim::Experiment::Fingerprint
  Workspace = ShowcaseMemtrim::Experiment::Workspace
  LOCK = "PATH\n  remote: ../shared\n  specs:\n    shared (1)\n\nPATH\n  remote: engines/a\n  specs:\n    a (1)\n"

  def test_the_same_for_the_app_and_its_workspaces
    in_an_app do |app|
      assert_match(/\A\h{64}\z/, of(app))
      assert_equal of(app), of(app)
      2.times { assert_equal of(app), Workspace.open(app: app) { |workspace| of(workspace) } }
      commit_all(app)
      revisions = Array.new(2) { Workspace.open(app: app, revision: "main") { |workspace| of(workspace) } }
      assert_equal 1, revisions.uniq.size
      write(app, "lib/a.rb" => "changed")
      assert_equal revisions.first, Workspace.open(app: app, revision: "main") { |workspace| of(workspace) }
      refute_equal revisions.first, Workspace.open(app: app) { |workspace| of(workspace) }
    end
  end

  def test_code_and_gems
    in_an_app do |app|
      assert_differs(app) { write(app, "lib/a.rb" => "2") }
      assert_differs(app) { write(app, "lib/new.rb" => "") }
      assert_differs(app) { File.rename(File.join(app, "lib/new.rb"), File.join(app, "lib/newer.rb")) }
      assert_differs(app) { write(app, ".env" => "A=2") }
      assert_differs(app) { write(app, "Gemfile" => "# a") }
      assert_differs(app) { write(app, "Gemfile.lock" => "#{LOCK}\n") }
      assert_differs(app) { write(File.dirname(app), "shared/lib/shared.rb" => "2") }
      assert_differs(app) { FileUtils.ln_sf("newer.rb", File.join(app, "lib/link.rb")) }
      assert_differs(app) { File.utime(Time.at(0), Time.at(1), File.join(app, "lib/large.bin")) }
      assert_differs(app) { FileUtils.rm(File.join(app, "Gemfile.lock")) }
    end
  end

  def test_what_does_not_count
    in_an_app do |app|
      assert_same(app) { write(app, "log/production.log" => "2", "tmp/x" => "", "storage/x" => "", "public/x" => "", "coverage/x" => "", ".git/x" => "") }
      assert_same(app) { write(app, "db/x.sqlite3" => SQLITE, "db/x.sqlite3-wal" => "", "node_modules/x/a.js" => "") }
      assert_same(app) { write(app, "db/x.sqlite3" => SQLITE + "2") }
      assert_same(app) { FileUtils.touch(File.join(app, "lib/a.rb"), mtime: Time.at(0)) }
    end
  end

  def test_the_environment
    in_an_app("lib/env.rb" => %(ENV["ONE"]; ENV.fetch("TWO", 1); ENV.fetch 'THREE'; ENV[ 'FOUR' ]; ENV.key?("FIVE"))) do |app|
      refute_equal of(app), of(app, env: "development")
      %w[RUBYOPT RUBY_GC_HEAP_INIT_SLOTS RAILS_MAX_THREADS RACK_ENV MALLOC_ARENA_MAX GLIBC_TUNABLES BUNDLE_WITHOUT LD_PRELOAD BOOTSNAP_LOG WEB_CONCURRENCY DATABASE_URL LANG LC_ALL TZ ONE TWO THREE FOUR FIVE].each do |name|
        fingerprints = [{}, {name => ""}, {name => "1"}, {name => "2"}].map { |environment| of(app, environment: environment) }
        assert_equal 4, fingerprints.uniq.size, name
      end
      assert_equal of(app), of(app, environment: {"PWD" => "/x", "TERM" => "x", "RAILS_ENV" => "overruled"})
    end
  end

  def test_ruby_machine_and_ourselves
    in_an_app do |app|
      before = of(app)
      {nprocessors: 99, uname: Etc.uname.merge(release: "1.2.3"), sysconf: 1}.each { |name, value| Etc.stub(name, value) { refute_equal before, of(app) } }
      RbConfig.stub(:ruby, "/other/ruby") { refute_equal before, of(app) }
      assert_equal before, of(app)
    end
  end

  # Of a gem that has its test app in its own directory.
  def test_an_app_inside_of_its_path_gem
    in_an_app("Gemfile.lock" => "PATH\n  remote: ..\n  specs:\n    around (1)\n") do |app|
      assert_same(app) { write(app, "log/x.log" => "2", "tmp/x" => "") }
      assert_differs(app) { write(File.dirname(app), "lib/around.rb" => "2") }
    end
  end

  def test_a_small_app_takes_no_time
    in_an_app((1..500).to_h { |number| ["app/models/m#{number}.rb", "class M; end\n" * 100] }) do |app|
      start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      of(app)
      assert_operator Process.clock_gettime(Process::CLOCK_MONOTONIC) - start, :<, 2
    end
  end

  private

  def in_an_app(files = {})
    with_app("lib/a.rb" => "1", ".env" => "A=1", "Gemfile.lock" => LOCK, "engines/a/a.rb" => "", "node_modules/x.js" => "", "vendor/bundle/x" => "", ".gitignore" => "/log\n/tmp\n/node_modules\n/vendor/bundle\n", **files) do |app|
      write(File.dirname(app), "shared/lib/shared.rb" => "1")
      sparse(File.join(app, "lib/large.bin"), 6 << 20)
      {"lib/link.rb" => "a.rb", "lib/dir" => "../engines", "out" => "../shared", "out.rb" => File.join(app, "../shared/lib/shared.rb")}.each { |path, target| File.symlink(target, File.join(app, path)) }
      yield app
    end
  end

  def of(app, env: "production", environment: {})
    Fingerprint.of(app, env: env, environment: environment)
  end

  def assert_differs(app)
    before = of(app)
    yield
    refute_equal before, of(app)
  end

  def assert_same(app)
    before = of(app)
    yield
    assert_equal before, of(app)
  end
end
