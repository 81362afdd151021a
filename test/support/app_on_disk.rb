# frozen_string_literal: true

require "digest"
require "fileutils"
require "find"
require "open3"
require "socket"
require "tmpdir"

# Files of an app that need not boot, with all that a directory can hold; and whether anything in it was touched.
module AppOnDisk
  SQLITE = "SQLite format 3\0#{"\0" * 84}".b

  # In the way, if git were to take them from the machine.
  GIT = {
    "GIT_AUTHOR_NAME" => "Ada", "GIT_AUTHOR_EMAIL" => "ada@example.com", "GIT_COMMITTER_NAME" => "Ada", "GIT_COMMITTER_EMAIL" => "ada@example.com",
    "GIT_CONFIG_GLOBAL" => File::NULL, "GIT_CONFIG_SYSTEM" => File::NULL
  }.freeze

  # A temporary directory of the test's own, in which nothing may be left.
  def setup
    super
    @temporary, ENV["TMPDIR"] = ENV["TMPDIR"], Dir.mktmpdir("tests")
    File.chmod(0o1777, ENV["TMPDIR"])
  end

  def teardown
    assert_empty Dir.children(ENV["TMPDIR"]), "left behind"
  ensure
    FileUtils.rm_rf(ENV["TMPDIR"])
    ENV["TMPDIR"] = @temporary
    super
  end

  # @param files [Hash] contents by path; nil: none of that name
  # @yield [directory] which may have neighbours
  def with_app(files = {})
    Dir.mktmpdir("app_on_disk") do |dir|
      app = File.join(File.realpath(dir), "apps/shop")
      write(app, {"Gemfile" => "", "config/environment.rb" => "", **files}.compact)
      yield app
    end
  end

  def write(directory, files)
    files.each do |path, content|
      file = File.join(directory, path)
      FileUtils.mkdir_p(File.dirname(file))
      File.binwrite(file, content)
    end
  end

  # A file of a size, of which the disk holds nothing.
  def sparse(file, bytes)
    FileUtils.mkdir_p(File.dirname(file))
    File.open(file, "wb") { |io| io.truncate(bytes) }
  end

  def git(directory, *arguments)
    out, status = Open3.capture2e(GIT, "git", "-C", directory, *arguments)
    raise "git #{arguments.join(" ")}: #{out}" unless status.success?
    out.strip
  end

  # Makes a repository of the directory, with all that is in it.
  #
  # @return [String] the commit
  def commit_all(directory, message = "all")
    git(directory, "init", "--quiet", "--initial-branch=main") unless File.exist?(File.join(directory, ".git"))
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--message", message)
    git(directory, "rev-parse", "HEAD")
  end

  # Everything below a directory, with contents, modes, links and times (but those of the last access).
  def digest_of(directory)
    Find.find(directory).sort.to_h do |path|
      stat = File.lstat(path)
      content = stat.symlink? ? File.readlink(path) : (Digest::SHA256.file(path).hexdigest if stat.file?)
      [path, [stat.ftype, stat.mode, stat.size, stat.mtime.to_r, content]]
    end
  end

  # Whatever the block does, the directory is as it was.
  def assert_untouched(directory)
    before = digest_of(directory)
    yield
    after = digest_of(directory)
    assert_equal before, after, "changed: #{before.keys.union(after.keys).reject { |path| before[path] == after[path] }}"
  end
end
