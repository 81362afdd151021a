# frozen_string_literal: true

require "minitest/autorun"
require "minitest/mock"
require_relative "../support/app_copy"
require_relative "../support/app_on_disk"
require_relative "../support/memtrim"
require_relative "../../lib/showcase_memtrim/experiment/workspace"

# The app as trials see it: a copy, and the original untouched.
class WorkspaceTest < Minitest::Test
  include AppOnDisk

  Workspace = ShowcaseMemtrim::Experiment::Workspace
  Copy = ShowcaseMemtrim::Experiment::Copy

  def test_a_copy_that_may_be_written_to
    with_app("app/models/a.rb" => "class A; end", "bin/rails" => "#!ruby", "log/production.log" => "old", "tmp/pids/server.pid" => "1", "coverage/x" => "", ".git/HEAD" => "", ".env" => "A=1") do |app|
      File.chmod(0o755, File.join(app, "bin/rails"))
      FileUtils.mkdir_p(File.join(app, "db/empty"))
      assert_untouched(app) do
        opened(app) do |copy|
          assert_equal "class A; end", File.read(File.join(copy, "app/models/a.rb"))
          assert_equal 0o755, File.stat(File.join(copy, "bin/rails")).mode & 0o777
          assert_equal File.mtime(File.join(app, "bin/rails")), File.mtime(File.join(copy, "bin/rails"))
          assert_equal %w[.env Gemfile app bin config db log tmp], Dir.children(copy).sort
          assert_empty Dir.children(File.join(copy, "log"))
          assert_equal %w[cache pids sockets storage], Dir.children(File.join(copy, "tmp")).sort
          assert File.directory?(File.join(copy, "db/empty"))
          %w[app/models/a.rb log/production.log tmp/pids/server.pid Gemfile new.rb].each { |path| File.write(File.join(copy, path), "written") }
        end
      end
    end
  end

  def test_databases_are_copied_however_large_and_wherever
    with_app("storage/production.sqlite3" => SQLITE, "storage/production.sqlite3-wal" => "wal", "storage/production.sqlite3-shm" => "shm", "db/x" => SQLITE, "db/x-journal" => "j", "data/big" => SQLITE) do |app|
      File.truncate(File.join(app, "data/big"), Copy::LARGE * 2)
      outside = File.join(File.dirname(app), "shared")
      write(outside, "one.db" => SQLITE, "one.db-wal" => "wal", "storage/two.db" => SQLITE, "storage/blob" => "b")
      File.symlink("../../shared/one.db", File.join(app, "db/linked.db"))
      File.symlink(File.join(outside, "storage"), File.join(app, "storage/tenants"))
      paths = %w[storage/production.sqlite3 storage/production.sqlite3-wal storage/production.sqlite3-shm db/x db/x-journal data/big db/linked.db db/linked.db-wal storage/tenants/two.db]
      assert_untouched(File.dirname(app)) do
        opened(app) do |copy|
          paths.each do |path|
            file = File.join(copy, path)
            assert_equal [path, true, false], [path, File.file?(file), File.symlink?(file)]
            assert_operator File.realpath(file), :start_with?, copy
            File.write(file, "written")
          end
          File.write(File.join(copy, "storage/tenants/new.db"), "")
        end
      end
    end
  end

  def test_what_is_large_or_much_is_linked
    with_app("public/robots.txt" => "") do |app|
      sparse(File.join(app, "lib/large.bin"), Copy::LARGE + 1)
      10.times { |number| sparse(File.join(app, "public/assets/#{number}.js"), Copy::LARGE) }
      opened(app) do |copy|
        assert_equal File.join(app, "lib/large.bin"), File.readlink(File.join(copy, "lib/large.bin"))
        assets = Dir[File.join(copy, "public/assets/*")]
        assert_equal 10, assets.size
        assert_equal Copy::MUCH / Copy::LARGE, assets.count { |file| !File.symlink?(file) }
        assert(assets.all? { |file| File.size(file) == Copy::LARGE })
        refute File.symlink?(File.join(copy, "config/environment.rb"))
      end
    end
  end

  def test_folders_that_are_only_read_are_linked
    with_app("node_modules/a/index.js" => "", "client/node_modules/b/index.js" => "", "vendor/bundle/ruby/3.1.0/gems/x.rb" => "", "vendor/gems/ruby/3.1.0/specifications/x.gemspec" => "", "target/CACHEDIR.TAG" => "") do |app|
      opened(app) do |copy|
        %w[node_modules client/node_modules vendor/bundle vendor/gems target].each do |path|
          assert_equal File.join(app, path), File.readlink(File.join(copy, path))
        end
      end
      assert File.exist?(File.join(app, "node_modules/a/index.js")), "closing removed what is behind a link"
    end
  end

  def test_links
    with_app("lib/real.rb" => "1") do |app|
      write(File.dirname(app), "beside/x.rb" => "2")
      links = {"lib/relative.rb" => "real.rb", "lib/absolute.rb" => File.join(app, "lib/real.rb"), "config/lib" => "../lib", "lib/out" => "../../beside", "lib/out.rb" => "/etc/hostname", "lib/nowhere" => "no/such", "lib/itself" => "itself", "up" => "."}
      links.each { |path, target| File.symlink(target, File.join(app, path)) }
      assert_untouched(File.dirname(app)) do
        opened(app) do |copy|
          expected = {"lib/relative.rb" => "real.rb", "lib/absolute.rb" => "real.rb", "config/lib" => "../lib", "lib/out" => File.join(File.dirname(app), "beside"), "lib/out.rb" => "/etc/hostname", "lib/nowhere" => "no/such", "lib/itself" => "itself", "up" => "."}
          assert_equal expected, links.keys.to_h { |path| [path, File.readlink(File.join(copy, path))] }
        end
      end
    end
  end

  def test_what_is_no_file
    with_app("lib/a.rb" => "", "lib/caf\xE9.rb" => "latin", "lib/a b\n.rb" => "") do |app|
      socket = UNIXServer.new(File.join(app, "app.sock"))
      File.mkfifo(File.join(app, "fifo"))
      opened(app) do |copy|
        assert_equal %w[Gemfile config lib log tmp], Dir.children(copy).sort
        assert_equal ["a b\n.rb", "a.rb", "caf\xE9.rb"].map(&:b), Dir.children(File.join(copy, "lib")).map(&:b).sort
      end
    ensure
      socket&.close
    end
  end

  def test_what_can_not_be_read_is_skipped_and_noted
    with_app("lib/secret.rb" => "", "keys/a" => "", "lib/a.rb" => "") do |app|
      File.chmod(0, File.join(app, "lib/secret.rb"), File.join(app, "keys"))
      File.chmod(0o755, app, File.dirname(app), File.dirname(app, 2))
      as_nobody do
        opened(app) do |copy, workspace|
          assert_equal %w[keys lib/secret.rb], workspace.unreadable
          assert File.exist?(File.join(copy, "lib/a.rb"))
          refute File.exist?(File.join(copy, "keys"))
        end
      end
    ensure
      File.chmod(0o755, File.join(app, "keys"))
    end
  end

  def test_directories_that_not_even_their_owner_may_write_to
    with_app("lib/a.rb" => "") do |app|
      File.chmod(0o555, File.join(app, "lib"))
      File.chmod(0o755, app, File.dirname(app), File.dirname(app, 2))
      as_nobody do
        opened(app) do |copy|
          FileUtils.mkdir_p(File.join(copy, "tmp/a/b"))
          File.chmod(0o000, File.join(copy, "tmp/a/b"), File.join(copy, "tmp/a"))
        end
      end
    end
  end

  def test_the_gemfile_is_the_originals
    with_app("gemfiles/next" => "") do |app|
      opened(app) { |_, workspace| assert_equal File.join(app, "Gemfile"), workspace.gemfile }
      Bundler.stub(:unbundled_env, {"BUNDLE_GEMFILE" => File.join(app, "gemfiles/next")}) do
        opened(app) { |_, workspace| assert_equal File.join(app, "gemfiles/next"), workspace.gemfile }
      end
    end
  end

  def test_paths_as_the_app_knows_them
    with_app do |app|
      opened(app) do |copy, workspace|
        assert_equal "config/environments/production.rb:3", workspace.original("#{copy}/config/environments/production.rb:3")
        assert_equal "config/a.rb", workspace.original("#{app}/config/a.rb")
        assert_equal [".", "."], [workspace.original(copy), workspace.original(app)]
        ["/usr/lib/ruby/x.rb", "#{app}-two/x.rb", "x.rb"].each { |path| assert_equal path, workspace.original(path) }
      end
    end
  end

  def test_a_cache_of_its_own_and_paths_of_one_length
    with_app do |app|
      directories = Array.new(2) do
        opened(app) do |copy, workspace|
          cache = workspace.variables.fetch("BOOTSNAP_CACHE_DIR")
          assert File.directory?(cache) && !cache.start_with?(copy) && cache.start_with?(ENV["TMPDIR"])
          copy
        end
      end
      assert_equal [2, 1], [directories.uniq.size, directories.map(&:size).uniq.size]
    end
  end

  def test_closing
    with_app do |app|
      workspace = Workspace.open(app: app)
      Process.wait(fork { workspace.close && exit!(1) })
      assert File.directory?(workspace.directory), "a forked process closed it"
      workspace.close
      refute File.exist?(workspace.directory)
      workspace.close
      assert_equal "config/a.rb", workspace.original(File.join(workspace.directory, "config/a.rb"))
      [RuntimeError, Interrupt, SystemExit].each { |error| assert_raises(error) { opened(app) { raise error, "" } } }
      assert_equal 3, Workspace.open(app: app) { 3 }
    end
  end

  def test_an_interrupt_while_it_is_made
    with_app do |app|
      interrupting = Module.new { define_method(:add) { |*| raise Interrupt } }
      stubbed = Copy.dup.prepend(interrupting)
      with_constant(ShowcaseMemtrim::Experiment, :Copy, stubbed) { assert_raises(Interrupt) { Workspace.open(app: app) } }
      full = Copy.dup.prepend(Module.new { define_method(:add) { |*| raise Errno::ENOSPC } })
      with_constant(ShowcaseMemtrim::Experiment, :Copy, full) { assert_error(/no room in .*TMPDIR/) { Workspace.open(app: app) } }
    end
  end

  def test_no_app
    assert_error(%r{/no/such: no such directory}) { Workspace.open(app: "/no/such") }
    assert_error(%r{/no/such: no such directory}) { Workspace.open(app: "/no/such", revision: "main") }
    with_app("config/environment.rb" => nil) { |app| assert_error(/no Rails app in .*config\/environment\.rb is missing/) { Workspace.open(app: app) } }
    with_app("Gemfile" => nil) { |app| assert_error(/no Gemfile in/) { Workspace.open(app: app) } }
  end

  def test_a_small_app_takes_no_time
    with_app((1..500).to_h { |number| ["app/models/m#{number}.rb", "x" * 2000] }) do |app|
      start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      opened(app) { |_copy| }
      assert_operator Process.clock_gettime(Process::CLOCK_MONOTONIC) - start, :<, 3
    end
  end

  def test_what_is_beside_the_app_in_its_repository
    with_app("lib/a.rb" => "") do |app|
      write(File.dirname(app), "shared/x.rb" => "x", "../README" => "r")
      commit_all(File.dirname(app, 2))
      opened(app) do |copy, workspace|
        assert_equal "x", File.read(File.join(copy, "../shared/x.rb"))
        assert_equal "r", File.read(File.join(copy, "../../README"))
        refute File.exist?(File.join(copy, "../../.git"))
        assert_equal File.join(File.dirname(app), "shared/x.rb"), workspace.original(File.expand_path("../shared/x.rb", copy))
      end
    end
  end

  private

  def opened(app, **options)
    Workspace.open(app: app, **options) { |workspace| yield workspace.directory, workspace }
  end

  def assert_error(says, &block)
    error = assert_raises(ShowcaseMemtrim::Error, &block)
    assert_match says, error.message
    assert_equal 1, error.message.lines.size
  end

  # Root reads and writes everything.
  def as_nobody(&block)
    return yield unless Process.uid.zero?
    reader, writer = IO.pipe
    pid = fork do
      Process::GID.change_privilege(65_534)
      Process::UID.change_privilege(65_534)
      yield
      writer.write("fine")
    rescue Exception => error # rubocop:disable Lint/RescueException -- failed assertions too
      writer.write(error.full_message(highlight: false))
    ensure
      exit!(0)
    end
    writer.close
    assert_equal "fine", reader.read
    Process.wait(pid)
  end

  def with_constant(owner, name, value)
    before = owner.send(:remove_const, name)
    owner.const_set(name, value)
    yield
  ensure
    owner.send(:remove_const, name)
    owner.const_set(name, before)
  end
end
