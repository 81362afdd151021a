# frozen_string_literal: true

require "minitest/autorun"
require "tmpdir"
require "fileutils"
require "showcase_memtrim/verdicts/translation_keys"

# Whether anybody looks a gem's translations up, and who.
class TranslationKeysTest < Minitest::Test
  TranslationKeys = ShowcaseMemtrim::Verdicts::TranslationKeys

  def test_keys_of_its_own
    keys = of("en:\n  greenery:\n    welcome: x\n", "de:\n  greenery:\n    welcome: y\n  hedge: z\n")
    assert_equal %w[greenery hedge], keys.to_a
    assert_predicate keys, :passive?
  end

  # Rails asks for these by itself: in English they matter where they say something else, in the app's languages always.
  def test_keys_of_rails
    rails = "en:\n  date:\n    order: [1]\n    formats:\n      default: iso\n"
    assert_predicate of("en:\n  date:\n    order: [1]\n    new: 1\n", rails: rails), :passive?
    refute_predicate of("en:\n  date:\n    formats:\n      default: long\n", rails: rails), :passive?
    assert_predicate of("de:\n  date:\n    order: [1]\n", rails: rails), :passive?
    refute_predicate of("de:\n  date:\n    order: [1]\n", rails: rails, locales: %w[en de]), :passive?
  end

  def test_the_languages_of_an_app
    Dir.mktmpdir do |app|
      FileUtils.mkdir_p(File.join(app, "config/locales/models"))
      %w[config/locales/de.yml config/locales/models/posts.pt-BR.yml config/locales/en.yml].each { |file| File.write(File.join(app, file), "") }
      assert_equal %w[de en pt-BR], TranslationKeys.locales(app).sort
    end
  end

  def test_what_can_not_be_told
    ["en: [1]\n", "en:\n  x: [\n", "- 1\n"].each { |text| refute_predicate of(text), :passive?, text }
    refute_predicate TranslationKeys.new(["/nowhere/en.yml"]), :passive?
    refute_predicate TranslationKeys.new(["/nowhere/en.rb"]), :passive?
  end

  def test_who_names_them
    {
      "<%= t(\"greenery.welcome\") %>" => true, "t(:greenery, default: 1)\nI18n.t('greenery')" => true, "t :welcome, scope: [:greenery]\n\"greenery\"" => true,
      "# the greenery" => false, "t('evergreenery.x')" => false
    }.each do |text, used|
      Dir.mktmpdir do |app|
        FileUtils.mkdir_p(File.join(app, "app/views"))
        File.write(File.join(app, "app/views/x.html.erb"), text)
        assert_equal used, TranslationKeys.used?(%w[greenery], app), text
      end
    end
    refute TranslationKeys.used?([], Dir.pwd)
  end

  private

  def of(*texts, rails: "en: {}\n", locales: %w[en])
    Dir.mktmpdir do |directory|
      own, *files = [rails, *texts].each_with_index.map { |text, index| File.join(directory, "#{index}.yml").tap { |file| File.write(file, text) } }
      TranslationKeys.new(files, rails: [own], locales: locales)
    end
  end
end
