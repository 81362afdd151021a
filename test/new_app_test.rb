# frozen_string_literal: true

require "minitest/autorun"
require "tmpdir"
require_relative "support/app_copy"
require_relative "support/app_with_list"
require_relative "support/new_app"

# What `rails new` makes works with showcase_memtrim/rails in place of rails/all, with and without a list; and without
# one, an app loads what it would have loaded with rails/all.
class NewAppTest < Minitest::Test
  RAILS = AppCopy.rails_versions.last

  # What the app's own files and its gems need: Solid Queue is for jobs, and where Solid Cable is, Turbo has a channel.
  LIST = %w[active_record/railtie action_controller/railtie action_view/railtie rails/test_unit/railtie].freeze
  LIST_WITH_SOLID = (LIST + %w[active_job/railtie action_cable/engine]).freeze

  # Command → its input, and what it says when it has done its work. In this order: the first makes the databases, and
  # of the last the assets would be found by others.
  COMMANDS = {
    %w[bin/rails db:prepare] => [nil, /\A\z/],
    %w[bin/rails test] => [nil, /^[1-9]\d* runs, [1-9]\d* assertions, 0 failures, 0 errors, 0 skips$/],
    %w[bin/rails routes] => [nil, /posts#create$/],
    ["bin/rails", "runner", %(puts "post \#{Post.create!(title: "A").id}")] => [nil, /^post 1$/],
    %w[bin/rails console] => [%(puts "in \#{Rails.env}: \#{Post.count} post"\n), /^in development: 1 post$/],
    %w[bin/rails zeitwerk:check] => [nil, /^All is good!$/],
    %w[env RAILS_ENV=production SECRET_KEY_BASE_DUMMY=1 bin/rails assets:precompile] => [nil, /Writing .*stimulus/]
  }.freeze

  if AppCopy::SUPPORTED.last == RAILS
    def test_a_new_app_without_a_list
      in_a_copy { |app| assert_works(app) }
    end

    def test_a_new_app_with_a_list
      in_a_copy do |app|
        app.list(list)
        app.write("test/channels", nil) # as it is told below
        assert_works(app)
        assert_equal [], app.boot.features.grep(%r{/(?:action_mailer|active_storage|action_mailbox|action_text)/(?:railtie|engine)\.rb\z})
      end
    end

    def test_what_needs_a_railtie_that_is_left_out_is_named_with_its_line
      in_a_copy do |app|
        app.list(LIST)
        (RAILS < "8.0") ? assert_names_the_generated_test(app) : assert_names_the_gem(app)
      end
    end

    def test_a_new_app_without_a_list_loads_what_rails_all_loads
      assert_same_as_rails_all(NewApp.prepare(rails: RAILS))
    end
  end

  AppCopy.rails_versions.each do |rails|
    define_method(:"test_the_sample_app_without_a_list_loads_what_rails_all_loads_on_rails_#{rails}") do
      assert_same_as_rails_all(AppCopy.prepare("tenant", rails: rails, in_gemfile: true))
    end
  end

  private

  def in_a_copy
    source = NewApp.prepare(rails: RAILS)
    Dir.mktmpdir("new_app") { |dir| yield AppWithList.new(source, File.join(File.realpath(dir), "app")) }
  end

  def list
    (RAILS < "8.0") ? LIST : LIST_WITH_SOLID
  end

  def assert_works(app)
    boots = Thread.new { %w[development test production].map { |env| app.boot(env: AppWithList::PRODUCTION.merge("RAILS_ENV" => env)) } }
    results = COMMANDS.to_h { |command, (input, _)| [command, app.run(*command, stdin_data: input.to_s)] }
    boots.value.each { |boot| assert_equal [nil, []], [boot.error, boot.notes] }
    results.each do |command, result|
      assert result.status.success?, "#{command.join(" ")}: #{result.out}#{result.err}"
      assert_match COMMANDS[command].last, result.out + result.err, command.join(" ")
      assert_equal [], result.notes
    end
    assert File.exist?(app.path("storage/development.sqlite3"))
  end

  # Rails 7 writes one for Action Cable, and nothing is in it.
  def assert_names_the_generated_test(app)
    file = "test/channels/application_cable/connection_test.rb"
    result = app.run("bin/rails", "test", stdin_data: "")
    refute result.status.success?
    assert_includes result.err, "ActionCable is not loaded: config/memtrim.yml:2 leaves out action_cable/engine, and #{file}:4 uses it. " \
      "Put action_cable/engine back, or delete #{file}."
  end

  # Solid Cable opens the namespace, by which Turbo tells whether there is Action Cable.
  def assert_names_the_gem(app)
    error = app.boot.error
    assert error, "Turbo's channel can do without Action Cable"
    assert_match %r{\AActionCable is not loaded: config/memtrim\.yml:2 leaves out action_cable/engine, and turbo-rails \S+ \(app/channels/turbo/streams_channel\.rb:\d+\) uses it\. }, error[:message]
    assert error[:message].end_with?(" uses it. Put action_cable/engine back, or do without the gem that uses it."), error[:message]
  end

  # In production, where all of it is loaded; and in the same order.
  def assert_same_as_rails_all(source)
    Dir.mktmpdir("rails_all") do |dir|
      boots = [false, true].map do |ours|
        app = AppWithList.new(source, File.join(File.realpath(dir), ours.to_s), in_place_of_all: ours)
        Thread.new { app.boot }
      end
      all, ours = boots.map(&:value)
      assert_equal [nil, nil], [all.error, ours.error]
      assert_includes all.railties, "ActionMailbox::Engine"
      assert_equal(*[all, ours].map { |boot| boot.railties - ["ShowcaseMemtrim::Railtie"] })
      assert_equal(*[all, ours].map { |boot| boot.features.reject { |feature| feature.start_with?(File.join(AppCopy::ROOT, "lib/")) } })
      assert_includes ours.features, File.join(AppCopy::ROOT, "lib/showcase_memtrim/rails.rb")
    end
  end
end
