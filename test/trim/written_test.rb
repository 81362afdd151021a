# frozen_string_literal: true

require "minitest/autorun"
require "tmpdir"
require "showcase_memtrim"
require "showcase_memtrim/trim/edit"
require "showcase_memtrim/trim/written"

# Edits are written all or not at all, and taken back to the byte.
class WrittenTest < Minitest::Test
  Edit = ShowcaseMemtrim::Trim::Edit

  def setup
    @app = Dir.mktmpdir("written")
    @written = ShowcaseMemtrim::Trim::Written.new(@app)
    File.binwrite(path("a.rb"), "caf\xE9\r\n".b)
    File.chmod(0o640, path("a.rb"))
  end

  def teardown
    FileUtils.rm_rf(@app)
  end

  def test_there_and_back
    @written.write([edit("a.rb", "caf\xE9\r\n", "new\n"), edit("b.yml", nil, "b\n")])
    assert_equal ["new\n", "b\n", 0o640], [File.read(path("a.rb")), File.read(path("b.yml")), File.stat(path("a.rb")).mode & 0o777]
    assert_equal %w[a.rb b.yml], @written.undo
    assert_equal ["caf\xE9\r\n".b, false, 0o640], [File.binread(path("a.rb")), File.exist?(path("b.yml")), File.stat(path("a.rb")).mode & 0o777]
    assert_match(/nothing to undo/, assert_raises(ShowcaseMemtrim::Error) { @written.undo }.message)
  end

  def test_the_last_of_two
    @written.write([edit("a.rb", "caf\xE9\r\n", "1\n")])
    @written.write([edit("a.rb", "1\n", "2\n")])
    @written.undo
    assert_equal "1\n", File.read(path("a.rb"))
  end

  def test_a_link_stays_a_link
    File.rename(path("a.rb"), path("real.rb"))
    File.symlink("real.rb", path("a.rb"))
    @written.write([edit("a.rb", "caf\xE9\r\n", "new\n")])
    assert_equal ["real.rb", "new\n"], [File.readlink(path("a.rb")), File.read(path("real.rb"))]
  end

  def test_all_or_none
    @written.write([edit("a.rb", "caf\xE9\r\n", "1\n")])
    assert_raises(Errno::ENOENT) { @written.write([edit("a.rb", "1\n", "2\n"), edit("nowhere/b.yml", nil, "b\n")]) }
    assert_equal "1\n", File.read(path("a.rb"))
    assert_equal %w[a.rb tmp], Dir.children(@app).sort
    @written.undo
    assert_equal "caf\xE9\r\n".b, File.binread(path("a.rb"))
  end

  def test_a_file_that_has_changed
    error = assert_raises(ShowcaseMemtrim::Error) { @written.write([edit("a.rb", "other\n", "new\n")]) }
    assert_match(/a\.rb has changed in the meantime: nothing is written/, error.message)
    @written.write([edit("a.rb", "caf\xE9\r\n", "new\n"), edit("b.yml", nil, "b\n")])
    File.delete(path("b.yml"))
    assert_match(/\Ab\.yml has changed since/, assert_raises(ShowcaseMemtrim::Error) { @written.undo }.message)
    assert_equal "new\n", File.read(path("a.rb"))
    File.write(path("tmp/memtrim/trim.json"), "{")
    assert_match(/trim\.json can't be read/, assert_raises(ShowcaseMemtrim::Error) { @written.undo }.message)
  end

  private

  def path(name)
    File.join(@app, name)
  end

  def edit(path, before, after)
    Edit.new(path: path, before: before&.b, after: after)
  end
end
