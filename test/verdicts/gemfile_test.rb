# frozen_string_literal: true

require "minitest/autorun"
require "tmpdir"
require "showcase_memtrim/verdicts/gemfile"

# The lines of a Gemfile, read and not run.
class GemfileTest < Minitest::Test
  def test_each_way_to_name_a_gem
    gemfile = read(<<~RUBY)
      # gem "commented"
      gem "plain"
      gem("parenthesised", "~> 1.0")
      group :development, :test do
        gem "grouped", require: false
      end
      gem "long",
        "~> 2.0",
        require: "x"
      gem "conditional" if RUBY_VERSION > "3"
      gem "twice", "1"
      gem "twice", "2"
      %w[loop].each { |name| gem name }
    RUBY
    assert_equal ["Gemfile", 2, 'gem "plain"'], gemfile.line_of("plain").to_a
    assert_equal 3, gemfile.line_of("parenthesised").line
    assert_equal ["Gemfile", 5, 'gem "grouped", require: false'], gemfile.line_of("grouped").to_a
    assert_equal ["Gemfile", 7, "gem \"long\",\n  \"~> 2.0\",\n  require: \"x\""], gemfile.line_of("long").to_a
    assert_equal 10, gemfile.line_of("conditional").line
    assert_equal 11, gemfile.line_of("twice").line
    assert_nil gemfile.line_of("commented")
    assert_nil gemfile.line_of("loop")
  end

  def test_files_that_it_evaluates
    gemfile = read("eval_gemfile \"gems/more.rb\"\ngem \"own\"\n", "gems/more.rb" => "gem \"theirs\"\neval_gemfile \"../Gemfile\"\n")
    assert_equal ["gems/more.rb", 1], gemfile.line_of("theirs").to_a.first(2)
    assert_equal ["Gemfile", 2], gemfile.line_of("own").to_a.first(2)
    assert_equal({"theirs" => "gems/more.rb:1", "own" => "Gemfile:2"}, gemfile.places)
  end

  def test_what_can_not_be_read
    assert_nil ShowcaseMemtrim::Verdicts::Gemfile.new("/nowhere/Gemfile", "/nowhere").line_of("x")
    assert_equal 1, read("gem \"x\"\ngem(\n").line_of("x").line
    assert_nil read("exit!\nFile.write('ran', '')\n").line_of("x")
  end

  private

  def read(text, others = {})
    Dir.mktmpdir do |directory|
      {"Gemfile" => text, **others}.each do |path, content|
        FileUtils.mkdir_p(File.dirname(File.join(directory, path)))
        File.write(File.join(directory, path), content)
      end
      ShowcaseMemtrim::Verdicts::Gemfile.new(File.join(directory, "Gemfile"), directory).tap { |gemfile| gemfile.line_of("x") }
    end
  end
end
