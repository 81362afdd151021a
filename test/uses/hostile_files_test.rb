# frozen_string_literal: true

require "timeout"
require_relative "app_with_files"

# Whatever lies in an app: what can't be read is named, the rest is read, nothing is run.
class HostileFilesTest < Minitest::Test
  include AppWithFiles

  GEO = Uses::Offer.new(name: "geo", kind: :gem, constants: ["Geo"])
  GOOD = {"app/models/good.rb" => "Geo.a"}.freeze

  # @return [Array] why the file was skipped (nil: it was not), and the hows of its uses
  def outcome(file, content)
    reading = read(GOOD.merge(file => content), GEO)
    assert_includes reading.uses.map { |use| [use.file, use.how] }, ["app/models/good.rb", :constant]
    [reading.skipped.to_h[file], reading.uses.select { |use| use.file == file }.map { |use| [use.line, use.how] }]
  end

  def assert_skipped(why, file, content, uses = [[2, :mention]])
    reason, found = outcome(file, content)
    assert_match why, reason.to_s
    assert_equal uses, found
  end

  def test_what_is_no_ruby
    assert_skipped(/\Aline 2: /, "app/a.rb", "class\nGeo.a")
    assert_skipped(/\Aline \d+: /, "app/a.rb", "def a(\nGeo.a\n# Geo\n")
    assert_skipped(/\Aline \d+: /, "app/views/a.html.erb", "<% if %>\n<%= Geo %>", [[2, :mention]])
    assert_skipped(/\Aline 2: /, "app/views/a.jbuilder", "json.(\nGeo")
    assert_skipped(/no YAML: /, "config/a.yml", "a: [\nGeo\n")
    assert_skipped(/\Aline 1: /, "config/a.yml", "a: <%= ( %>\nb: Geo\n")
    assert_equal [nil, [[1, :constant]]], outcome("app/views/a.html.erb", "<%= Geo %> <% unclosed")
    assert_equal [nil, [[2, :constant]]], outcome("app/views/a.html.haml", "- if (\n= Geo")
  end

  def test_encodings
    assert_skipped(/invalid multibyte|invalid/i, "app/a.rb", "a = \"\xFF\"\nGeo.a".b)
    assert_skipped(/UTF-16LE/, "app/a.rb", "\uFEFFa\nGeo.a".encode("UTF-16LE").b)
    assert_skipped(/UTF-16BE/, "app/views/a.erb", "\uFEFFa\nGeo.a".encode("UTF-16BE").b)
    assert_skipped(/encoding/, "app/a.rb", "# encoding: no-such\nGeo.a")
    assert_skipped(/encoding/, "app/views/a.html.erb", "\xE9\n<%= Geo %>".b)
    assert_skipped(/UTF-8/, "app/views/a.html.haml", "\xE9\n= Geo".b)
    assert_skipped(/UTF-8/, "config/a.yml", "a: \xE9\nb: Geo".b)
    assert_equal [nil, [[3, :constant]]], outcome("app/a.rb", "# -*- coding: windows-1252 -*-\nA = \"\x80\"\nGeo.a".b)
    assert_equal [nil, [[2, :constant]]], outcome("app/a.rb", "# \xFF\nGeo.a".b)
    assert_equal [nil, [[1, :constant]]], outcome("app/a.rb", "\uFEFFGeo.a")
    assert_equal [nil, [[2, :constant]]], outcome("app/views/a.html.erb", "<%# encoding: iso-8859-1 %>\xE9\n<%= Geo %>".b)
    assert_equal [nil, [[2, :mention]]], outcome("Dockerfile", "\xFF\nRUN Geo".b)
    assert_equal [nil, [[2, :constant]]], outcome("app/a.rb", "a = \"\\xFF\"\nGeo.a")
  end

  def test_bytes
    assert_equal [nil, []], outcome("app/a.rb", "")
    assert_equal [nil, [[1, :constant]]], outcome("app/a.rb", "Geo.a\0\0\0Geo.b")
    assert_equal [nil, []], outcome("app/data", "\0Geo\0")
    assert_equal [nil, [[1, :constant]]], outcome("app/a.rb", "A = [#{"1, " * 1_700_000}1]; Geo")
    assert_equal [nil, [[1, :mention]]], outcome("app/a.js", "import \"geo\"; #{"b = 'x';" * 600_000}")
    assert_equal [nil, [[1, :mention]]], outcome("a.conf", "Geo #{"x " * 2_500_000}")
    assert_equal [nil, [[1, :mention]]], outcome("a.conf", "Geo #{"x" * 5_000_000}")
    assert_equal [nil, [[2, :constant]]], outcome("app/views/a.html.erb", "#{"<b>" * 1_000_000}\n<%= Geo %>")
    assert_equal [nil, []], outcome("app/a.css", "/*" * 500_000)
    assert_equal [nil, [[1, :constant]]], outcome("app/views/a.html.haml", "= Geo#{"(" * 2000}#{")" * 2000}")
  end

  def test_depth
    assert_skipped(/nested|line/, "app/a.rb", "a = #{"[" * 100_000}#{"]" * 100_000}\nGeo.a")
    reason, found = outcome("app/a.rb", "Geo.a\na = #{"1 + " * 20_000}1")
    assert_includes found.map(&:first), 1, reason
    assert_equal [[2, :mention]], outcome("config/a.yml", "#{"[" * 30_000}#{"]" * 30_000}\nGeo: 1").last
  end

  def test_what_is_no_file
    with_files(GOOD) do |directory|
      File.mkfifo("#{directory}/app/pipe.rb")
      File.symlink("nowhere", "#{directory}/app/gone.rb")
      File.symlink("..", "#{directory}/app/loop")
      File.symlink("app", "#{directory}/again")
      File.symlink("/", "#{directory}/app/root")
      File.symlink("self.rb", "#{directory}/app/self.rb")
      Dir.mkdir("#{directory}/app/dir.rb")
      reading = Timeout.timeout(20) { Uses.read(directory, [GEO]) }
      assert_equal ["app/models/good.rb"], reading.uses.map(&:file)
      assert_equal %w[app/gone.rb app/self.rb], reading.skipped.map(&:first)
      assert_equal "it points to nothing", reading.skipped.to_h["app/gone.rb"]
    end
  end

  def test_links_to_elsewhere_are_followed
    with_files("lib/x.rb" => "Geo") do |elsewhere|
      with_files(GOOD) do |directory|
        File.symlink(elsewhere, "#{directory}/engines")
        assert_equal ["app/models/good.rb", "engines/lib/x.rb"], Uses.read(directory, [GEO]).uses.map(&:file)
      end
    end
  end

  def test_what_may_not_be_read
    skip "root reads all" if Process.uid.zero?
    with_files(GOOD.merge("app/a.rb" => "Geo")) do |directory|
      File.chmod(0, "#{directory}/app/a.rb")
      assert_equal [["app/a.rb", "Permission denied"]], Uses.read(directory, [GEO]).skipped
    end
  end

  def test_what_can_not_be_opened
    with_files(GOOD) do |directory|
      source = Uses.read(directory, []) && Uses::Files::Source.new(path: "#{directory}/gone.rb", file: "gone.rb", kind: :ruby, role: :app, size: 0)
      assert_equal "No such file or directory", Uses::SourceFile.read(source, Uses::Catalog.new([GEO]), "production").skipped
    end
  end

  def test_names
    with_files("app/\xC3\xA9 b.rb" => "Geo", "app/-x'\n\".rb" => "Geo") do |directory|
      File.binwrite("#{directory}/app/\xFF.rb".b, "Geo")
      reading = Uses.read(directory, [GEO])
      assert_equal ["app/-x'\n\".rb", "app/é b.rb", "app/\uFFFD.rb"], reading.uses.map(&:file)
      assert reading.uses.map(&:file).all?(&:valid_encoding?)
    end
  end

  def test_nothing_is_run
    with_files({}) do |elsewhere|
      deed = "File.write(#{"#{elsewhere}/ran".dump}, 'x'); exit!(7); Geo"
      files = {
        "app/a.rb" => deed, "app/b.rb" => "BEGIN { #{deed} }", "app/views/a.html.erb" => "<% #{deed} %>", "app/views/b.html.haml" => "- #{deed}", "app/views/c.html.slim" => "- #{deed}", "app/views/d.jbuilder" => deed, "config.ru" => deed, "Rakefile" => deed, "x.gemspec" => deed, "config/a.yml" => "a: <% #{deed} %>\n",
        "config/b.yml" => "a: !ruby/object:Gem::Installer\n  b: Geo\n", "bin/x" => "#!/usr/bin/env ruby\n#{deed}", "config/application.rb" => deed, "app/c.rb" => "eval(#{deed.dump})"
      }
      assert_equal files.keys.sort, read(files, GEO).uses.map(&:file).uniq.sort
      assert_empty Dir.children(elsewhere)
    end
  end

  def test_many_files_and_a_reader_that_dies
    files = (0...300).to_h { |number| ["app/models/a#{number}.rb", "class A#{number}\n  Geo\nend"] }
    assert_equal 300, read(files, GEO).uses.size
    with_files(files) do |directory|
      app = Uses::App.new(directory, [GEO], env: "production")
      Uses::SourceFile.singleton_class.alias_method(:read_well, :read)
      Uses::SourceFile.singleton_class.remove_method(:read)
      Uses::SourceFile.define_singleton_method(:read) { |source, *rest| source.file.end_with?("a7.rb") ? Process.kill(:KILL, Process.pid) : read_well(source, *rest) }
      reading = app.read
      assert_includes reading.skipped, ["app/models/a7.rb", "its reader died"]
      assert_equal 300, reading.uses.map(&:file).uniq.size, "of those, words are read"
    ensure
      Uses::SourceFile.singleton_class.remove_method(:read)
      Uses::SourceFile.singleton_class.alias_method(:read, :read_well)
    end
  end

  def test_no_such_directory
    error = assert_raises(ShowcaseMemtrim::Error) { Uses.read("/no/such", []) }
    assert_equal "/no/such: no such directory", error.message
  end
end
