# frozen_string_literal: true

require "minitest/autorun"
require "showcase_memtrim/left_out"
require_relative "support/enforced_app"

# What trials and checks leave out of an app that knows nothing of it, whatever list it has.
class LeftOutTest < Minitest::Test
  NAMES = {"action_mailer/railtie" => [], "action_mailbox/engine" => [], "action_text/engine" => [], "active_storage/engine" => [], "chronic" => %w[Chronic], "combine_pdf" => %w[CombinePDF], "icalendar" => []}.freeze
  LOOK = <<~'RUBY'
    p $LOADED_FEATURES.grep(%r{/(action_mailer/railtie|active_storage/engine|chronic|combine_pdf|icalendar)\.rb\z}).map { |file| File.basename(file) }
    p defined?(ActionMailer), defined?(Icalendar), Object.autoload?(:Chronic), CombinePDF.new.class
  RUBY
  SEEN = "[]\nnil\nnil\n\"chronic\"\nCombinePDF::PDF\n"

  LISTS = {
    "rails/all" => ["require \"rails/all\"", nil],
    "a list of its own" => ["require \"rails\"\nrequire \"active_record/railtie\"\nrequire \"active_job/railtie\"\nrequire \"action_cable/engine\"\nrequire \"action_mailer/railtie\"\nrequire \"active_storage/engine\"", nil],
    "ours without a file" => ["require \"showcase_memtrim/rails\"", nil],
    "ours with a list" => ["require \"showcase_memtrim/rails\"", "railties: [active_record/railtie, action_controller/railtie, action_view/railtie, active_job/railtie, action_cable/engine, action_mailer/railtie]\ndefer: {chronic: Chronic}\n"]
  }.freeze

  LISTS.each do |name, (requires, configuration)|
    define_method(:"test_of_#{name.tr(" /", "_")}") do
      EnforcedApp.with(configuration) do |app|
        app.write("config/application.rb", app.read("config/application.rb").sub("require \"showcase_memtrim/rails\"", requires))
        result = app.boot(LOOK, variables: ShowcaseMemtrim::LeftOut.new(NAMES).environment(Memtrim::CLEAN["RUBYOPT"]))
        assert_equal "", result.err
        assert_equal SEEN, result.out
      end
    end
  end
end
