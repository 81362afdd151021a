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

  # Rails asks for these by itself.
  def test_keys_of_rails
    refute_predicate of("en:\n  activerecord:\n    errors: {}\n"), :passive?
    refute_predicate of("en:\n  greenery: {}\n  number: {}\n"), :passive?
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

  def of(*texts)
    Dir.mktmpdir do |directory|
      files = texts.each_with_index.map { |text, index| File.join(directory, "#{index}.yml").tap { |file| File.write(file, text) } }
      TranslationKeys.new(files)
    end
  end
end
