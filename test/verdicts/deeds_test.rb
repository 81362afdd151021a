# frozen_string_literal: true

require "minitest/autorun"
require "tmpdir"
require "showcase_memtrim/verdicts/bundle"
require "showcase_memtrim/verdicts/deeds"

# What of a recording's offers is whose, and what it amounts to.
class DeedsTest < Minitest::Test
  Deeds = ShowcaseMemtrim::Verdicts::Deeds
  Bundle = ShowcaseMemtrim::Verdicts::Bundle

  def test_by_its_place
    deeds = of("/g/courier/", [
      {"kind" => "middleware", "name" => "Courier", "file" => "/g/courier/lib/courier.rb", "line" => 3},
      {"kind" => "middleware", "name" => "Other", "file" => "/g/courier-two/lib/x.rb", "line" => 3},
      {"kind" => "method", "name" => "String#courier", "file" => "/g/courier/lib/a.rb", "line" => 1},
      {"kind" => "method", "name" => "Hash.courier", "file" => "/g/courier/lib/a.rb", "line" => 2}
    ])
    assert_equal [["middleware", "brings the middleware Courier", %w[Courier]], ["method", "adds the method String#courier and 1 more", %w[String#courier Hash.courier]]],
      deeds.map { |deed| [deed.kind, deed.what, deed.names] }
    assert_equal ["/g/courier/lib/courier.rb", 3], [deeds.first.file, deeds.first.line]
  end

  # Whoever replaces what is there does so unasked.
  def test_what_replaces_others
    deeds = of("/g/x/", [
      {"kind" => "method", "name" => "Array#first", "file" => "/g/x/lib/x.rb", "line" => 1},
      {"kind" => "method", "name" => "File.read", "file" => "/g/x/lib/x.rb", "line" => 2},
      {"kind" => "mixin", "name" => "X into ActiveRecord::Base", "file" => "/g/x/lib/x.rb", "line" => 3, "methods" => %w[save x], "overrides" => %w[save]},
      {"kind" => "mixin", "name" => "Y into ActiveRecord::Base", "file" => "/g/x/lib/x.rb", "line" => 4, "methods" => %w[y], "overrides" => []}
    ])
    assert_equal [["override", "replaces Array#first and 2 more"], ["mixin", "mixes Y into ActiveRecord::Base"]], deeds.map { |deed| [deed.kind, deed.what] }
    assert_equal %w[ActiveRecord::Base#y], deeds.last.names
  end

  # Ruby does not know who registered them.
  def test_what_has_no_place
    offers = [{"kind" => "mime_type", "name" => "xlsx"}, {"kind" => "mime_type", "name" => "html"}, {"kind" => "template_handler", "name" => "haml"}]
    Dir.mktmpdir do |directory|
      file = File.join(directory, "x.rb")
      File.write(file, "# Mime::Type.register html\nMime::Type.register(\"application/x\", :xlsx)\nActionView::Template.register_template_handler :haml, X\n")
      deeds = of("#{directory}/", offers, [file])
      assert_equal [["mime_type", %w[xlsx], 2], ["template_handler", %w[haml], 3]], deeds.map { |deed| [deed.kind, deed.names, deed.line] }
      assert_empty of("/elsewhere/", offers)
    end
  end

  def test_a_railtie_that_only_mixes_in
    Dir.mktmpdir do |directory|
      Dir.mkdir(File.join(directory, "lib"))
      quiet, loud = %w[quiet loud].map { |name| File.join(directory, "lib/#{name}.rb") }
      File.write(quiet, "class Quiet < Rails::Railtie\n rake_tasks { load 'x' }\nend\n")
      File.write(loud, "class Loud < Rails::Railtie\n config.after_initialize { start }\nend\n")
      assert of("#{directory}/", [{"kind" => "railtie", "name" => "Quiet", "file" => quiet, "line" => 1}]).first.harmless
      refute of("#{directory}/", [{"kind" => "railtie", "name" => "Quiet", "file" => quiet, "line" => 1}, {"kind" => "railtie", "name" => "Loud", "file" => loud, "line" => 1}]).first.harmless
    end
  end

  def test_whose_the_gems_and_constants_are
    bundle = Bundle.new(
      "gems" => [gem("a", %w[b shared json], listed: true), gem("b", %w[c]), gem("c"), gem("shared"), gem("d", %w[shared], listed: true), gem("json")],
      "features" => %w[/g/a/lib/a.rb /g/b/lib/b.rb /g/d/lib/d/version.rb],
      "constants" => [%w[A /g/a/lib/a.rb], %w[B /g/b/lib/b.rb], %w[A::X /g/b/lib/x.rb], %w[D /g/d/lib/d.rb], %w[Shared /g/shared/lib/s.rb]]
    )
    assert_equal %w[a d], bundle.listed.map { |each| each["name"] }
    assert_equal %w[a b c], bundle.with_its_own("a")
    assert_equal %w[d], bundle.with_its_own("d")
    assert_equal %w[A B A::X], bundle.constants("a")
    assert_equal %w[A B], bundle.top_level("a")
    assert_equal %w[/g/a/lib/a.rb /g/b/lib/b.rb], bundle.loaded("a")
    assert bundle.loaded?("a")
    refute bundle.loaded?("d")
  end

  private

  def of(directory, offers, loaded = [])
    offers = offers.map { |offer| {"file" => nil, "line" => nil, "methods" => [], "overrides" => []}.merge(offer) }
    Deeds.new(offers).of([directory], loaded)
  end

  def gem(name, dependencies = [], listed: false)
    {"name" => name, "dependencies" => dependencies, "dirs" => ["/g/#{name}"], "in_gemfile" => listed}
  end
end
