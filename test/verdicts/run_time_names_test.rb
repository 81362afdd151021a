# frozen_string_literal: true

require "minitest/autorun"
require "showcase_memtrim/verdicts/run_time_names"

# Which constants a name that is made at run time may mean.
class RunTimeNamesTest < Minitest::Test
  FITTING = {
    %("\#{kind}Exporter".constantize) => [true, false],
    %("\#{kind}_exporter".camelize.constantize) => [true, false],
    %("\#{kind.to_s.camelize}Exporter".safe_constantize) => [true, false],
    %("Sheet\#{kind}".constantize) => [true, false],
    %("Sheets::\#{kind}".constantize) => [false, false],
    %(Object.const_get("\#{kind}Exporter")) => [true, false]
  }.freeze

  FITTING.each do |text, fits|
    define_method(:"test_#{text}") do
      names = names(text)
      assert_equal(fits, [%w[SheetExporter], %w[Chronic]].map { |constants| names.fitting(constants).any? })
      assert_empty names.any
    end
  end

  ANY = ["name.constantize", "params[:type].constantize", "record.type.classify.constantize", "Object.const_get(name)", "@class_name.safe_constantize", %("\#{name}".constantize)].freeze

  ANY.each do |text|
    define_method(:"test_any_#{text}") do
      assert_equal [["app/x.rb", 1, text]], names(text).any
      assert_empty names(text).fitting(%w[Chronic])
    end
  end

  # Its values stand in the source, which is read for them.
  def test_a_setting
    ["Billing.config.owner_class.constantize", "Billing.config.owner_class&.safe_constantize", "Rails.application.config.x.constantize"].each do |text|
      assert_empty names(text).any, text
      assert_equal [["app/x.rb", 1, text]], names(text).places
    end
  end

  def test_other_unknowns_and_tests_are_none
    assert_empty names("require file").places
    assert_empty names("name.constantize", file: "spec/rails_helper.rb").places
    assert_empty names("eval(text)").places
  end

  private

  def names(text, file: "app/x.rb")
    ShowcaseMemtrim::Verdicts::RunTimeNames.new([[file, 1, text]])
  end
end
