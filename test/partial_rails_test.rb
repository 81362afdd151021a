# frozen_string_literal: true

require "minitest/autorun"
require "tmpdir"
require_relative "support/app_copy"
require_relative "support/app_with_list"

# An app whose Gemfile has some of Rails' gems only: the others' railties are not there to be listed or loaded.
class PartialRailsTest < Minitest::Test
  MISSING = %w[active_storage/engine action_mailer/railtie active_job/railtie action_cable/engine action_mailbox/engine action_text/engine].freeze

  AppCopy.rails_versions.each do |rails|
    define_method(:"test_the_installed_railties_are_loaded_without_a_list_on_rails_#{rails}") do
      in_app(rails) do |app|
        all, ours = %w[rails/all showcase_memtrim/rails].map do |entry|
          app.write("config/application.rb", application(entry))
          app.boot
        end
        [all, ours].each { |boot| assert_nil boot.error, boot.err }
        assert_includes ours.railties, "ActiveRecord::Railtie"
        assert_equal [], MISSING.select { |railtie| ours.loaded?(railtie) }
        assert_equal(*[all, ours].map { |boot| boot.railties - ["ShowcaseMemtrim::Railtie"] })
        assert_equal [], ours.notes
      end
    end

    define_method(:"test_a_railtie_whose_gem_is_missing_is_one_error_on_rails_#{rails}") do
      in_app(rails) do |app|
        app.list(%w[active_record/railtie action_text/engine action_controller/railtie])
        boot = app.boot
        assert_equal "ShowcaseMemtrim::Error", boot.error&.fetch(:class), boot.err
        assert_match(/\Aconfig\/memtrim\.yml:4: action_text\/engine is no railtie of Rails #{Regexp.escape(rails)}\.\S+, or its gem is not in the bundle(; did you mean \S+\?)?\z/, boot.error[:message])
        assert_equal [], boot.features.grep(%r{/railties-[^/]+/lib/rails\.rb\z}), "Rails is loaded before it is told"

        app.list(%w[active_record/railtie])
        boot = app.boot
        assert_nil boot.error, boot.err
        assert_equal 1, boot.notes.size, "what Active Record brings in"
        refute_match(/#{Regexp.union(MISSING)}/, boot.err)
        refute boot.loaded?("rails/test_unit/railtie")
      end
    end
  end

  private

  # With the versions of another app's lock, so that they are installed.
  def in_app(rails)
    source = AppCopy.prepare("tenant", rails: rails, in_gemfile: true)
    Dir.mktmpdir("partial") do |dir|
      app = AppWithList.new(source, File.join(File.realpath(dir), "app"), files: {"Gemfile" => gemfile, "config/boot.rb" => %(require "bundler/setup"\n)})
      %w[app lib config/environments config/initializers config/importmap.rb config/routes.rb].each { |path| app.write(path, nil) }
      app.write("config/application.rb", application("showcase_memtrim/rails"))
      result = app.run("bundle", "install", "--local", "--quiet")
      assert result.status.success?, result.out + result.err
      yield app
    end
  end

  def gemfile
    <<~RUBY
      source #{Gem.sources.first.uri.to_s.inspect}
      gem "railties"
      gem "activerecord"
      gem "sqlite3"
      gem "showcase_memtrim", path: #{AppCopy::ROOT.inspect}
    RUBY
  end

  def application(entry)
    <<~RUBY
      require_relative "boot"
      require "#{entry}"
      Bundler.require
      class Partial < Rails::Application
        config.eager_load = true
      end
    RUBY
  end
end
