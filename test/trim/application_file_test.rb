# frozen_string_literal: true

require "minitest/autorun"
require "showcase_memtrim"
require "showcase_memtrim/trim/application_file"

# config/application.rb, edited: what asks for Rails changes, and nothing else.
class ApplicationFileTest < Minitest::Test
  APPS = File.expand_path("../apps", __dir__)

  def test_rails_all
    {
      %(require "rails/all"\n) => %(require "showcase_memtrim/rails"\n),
      %(require 'rails/all' # all of it\n) => %(require 'showcase_memtrim/rails' # all of it\n),
      %(require("rails/all")\n) => %(require("showcase_memtrim/rails")\n),
      %(require ( "rails/all" )\n) => %(require ( "showcase_memtrim/rails" )\n),
      %(require_relative "boot"; require "rails/all"; X = 1) => %(require_relative "boot"; require "showcase_memtrim/rails"; X = 1),
      %(require "rails/all") => %(require "showcase_memtrim/rails"),
      %(A = "é"; require "rails/all"\n) => %(A = "é"; require "showcase_memtrim/rails"\n),
      %(\uFEFFrequire "rails/all"\nX = 1\n) => %(\uFEFFrequire "showcase_memtrim/rails"\nX = 1\n),
      %(# "rails/all"\r\nrequire "rails/all"\r\n\r\nX = 1\r\n) => %(# "rails/all"\r\nrequire "showcase_memtrim/rails"\r\n\r\nX = 1\r\n),
      %(require "rails/all"\n__END__\nrequire "rails/all"\n) => %(require "showcase_memtrim/rails"\n__END__\nrequire "rails/all"\n)
    }.each do |before, after|
      file = edit(before)
      assert_equal after, file.to_s
      assert_nil file.railties
      assert_equal after, edit(after).to_s, "the second time"
      assert_equal before, edit(after).without_us(nil)
    end
  end

  def test_a_file_in_another_encoding
    before = "# encoding: iso-8859-1\n# caf\xE9\nrequire \"rails/all\" # caf\xE9\n".b
    assert_equal before.sub("rails/all", "showcase_memtrim/rails"), edit(before).to_s
    assert_equal Encoding::BINARY, edit(before).to_s.encoding
  end

  def test_what_only_looks_like_it
    [
      %(# require "rails/all"\n),
      %(X = <<~TEXT\n  require "rails/all"\nTEXT\n),
      %(def all\n  require "rails/all"\nend\n),
      %(require "rails/all" if ENV["ALL"]\n),
      %(begin\n  require "rails/all"\nrescue LoadError\nend\n),
      %(puts 'require "rails/all"'\n),
      %(Kernel.require "rails/all"\n),
      %(require "rails/\#{"all"}"\n),
      %(require "rails"\n),
      %(require "rails"\n# require "action_mailer/railtie"\n),
      ""
    ].each do |text|
      error = assert_raises(ShowcaseMemtrim::Error, text) { edit(text) }
      assert_match(%r{\Aconfig/application\.rb: .*; write `require "showcase_memtrim/rails"` by hand where it requires Rails}, error.message)
    end
  end

  def test_no_ruby
    assert_match(/config\/application\.rb: this is no Ruby/, assert_raises(ShowcaseMemtrim::Error) { edit("module X\n") }.message)
  end

  def test_ours_already
    text = %(require "showcase_memtrim/rails"\nrequire "action_mailer/railtie"\n)
    assert_equal [text, nil], [edit(text).to_s, edit(text).railties]
    error = assert_raises(ShowcaseMemtrim::Error) { edit(text + %(require "rails/all"\n)) }
    assert_match(/config\/application\.rb:3: requires rails\/all beside/, error.message)
  end

  def test_the_list_of_a_minimal_app
    file = edit(<<~RUBY)
      require_relative "boot"

      require "rails"
      # Pick the frameworks you want:
      require "active_model/railtie"
      # require "active_job/railtie"
      require "active_record/railtie" # the database
      # Only for the admin's part
      require 'action_controller/railtie'
      require("action_view/railtie")
      # require "rails/test_unit/railtie"

      # Require the gems listed in Gemfile
      Bundler.require(*Rails.groups)
    RUBY
    assert_equal %w[active_model/railtie active_record/railtie action_controller/railtie action_view/railtie], file.railties
    assert_equal <<~RUBY, file.to_s
      require_relative "boot"

      require "showcase_memtrim/rails"
      # Only for the admin's part

      # Require the gems listed in Gemfile
      Bundler.require(*Rails.groups)
    RUBY
  end

  def test_the_list_of_the_sample_app
    text = File.read(File.join(APPS, "api/config/application.rb"))
    file = edit(text)
    assert_equal %w[active_model/railtie active_job/railtie active_record/railtie action_controller/railtie action_mailer/railtie], file.railties
    assert_includes file.to_s, %(require_relative "boot"\n\nrequire "showcase_memtrim/rails"\n\n# Require the gems)
    assert_equal text.lines.last(15), file.to_s.lines.last(15)
    assert_equal file.railties, edit(edit(file.to_s).without_us(file.railties)).railties
  end

  def test_other_lists
    {
      %(require "active_record/railtie"\nrequire "action_view/railtie"\nX = 1\n) => %(require "showcase_memtrim/rails"\nX = 1\n),
      %(require "rails"\r\nrequire "active_record/railtie"\r\nrequire "action_view/railtie"\r\n\r\nX = 1\r\n) => %(require "showcase_memtrim/rails"\r\n\r\nX = 1\r\n),
      %(require "rails"\n\n%w[active_record/railtie action_view/railtie].each { |name| require name }\n\nX = 1\n) => %(require "showcase_memtrim/rails"\n\nX = 1\n),
      %(require "rails"\n%w(\n  active_record/railtie\n  action_view/railtie\n).each do |railtie|\n  begin\n    require railtie\n  rescue LoadError\n  end\nend\nX = 1\n) => %(require "showcase_memtrim/rails"\nX = 1\n),
      %(require "rails"\n["active_record/railtie", 'action_view/railtie'].each do |name| require(name) end\nX = 1\n) => %(require "showcase_memtrim/rails"\nX = 1\n),
      %(require "rails"\nrequire "active_record/railtie"\nrequire "action_view/railtie"\nrequire "sprockets/railtie"\n) => %(require "showcase_memtrim/rails"\nrequire "sprockets/railtie"\n)
    }.each do |before, after|
      file = edit(before)
      assert_equal after, file.to_s
      assert_equal %w[active_record/railtie action_view/railtie], file.railties
      assert_equal after, edit(after).to_s
    end
  end

  def test_lists_that_are_left_to_people
    {
      %(require "rails"\nrequire "active_record/railtie"; require "action_view/railtie"\n) => /line 2 has more than one statement/,
      %(require "rails"; %w[active_record/railtie].each { |name| require name }\n) => /line 1 has more than one statement/,
      %(require "rails"\n%w[active_record/railtie sprockets/railtie].each { |name| require name }\n) => /the list at line 2 has sprockets\/railtie/,
      %(require "rails"\n%w[active_record/railtie].each { |name| require name unless ENV[name] }\n) => /no `require "rails\/all"`/
    }.each { |text, message| assert_match message, assert_raises(ShowcaseMemtrim::Error, text) { edit(text) }.message }
  end

  def test_only_known_railties_are_a_list
    text = %(require "rails"\nrequire "active_record/railtie"\nrequire "action_next/railtie"\n)
    assert_equal %w[active_record/railtie], edit(text).railties
    assert_equal %w[active_record/railtie action_next/railtie], ShowcaseMemtrim::Trim::ApplicationFile.new(text, known: %w[active_record/railtie action_next/railtie]).railties
  end

  private

  def edit(text)
    ShowcaseMemtrim::Trim::ApplicationFile.new(text)
  end
end
