# frozen_string_literal: true

require "minitest/autorun"
require "json"
require_relative "../support/enforced_app"

# `require "showcase_memtrim/rails"` with a list of railties, in the tenant app.
class RailtiesTest < Minitest::Test
  # Out of order on purpose.
  LIST = "railties: [action_cable/engine, active_job/railtie, action_view/railtie, action_controller/railtie, active_record/railtie]\n"

  def test_loads_what_is_listed_in_the_order_of_rails_all_and_nothing_else
    EnforcedApp.with(LIST) do |app|
      result = app.boot(<<~'RUBY')
        puts $LOADED_FEATURES.filter_map { |file| file[%r{/lib/((?:action|active)_(?!support|model|dispatch)\w+/(?:railtie|engine))\.rb}, 1] }.join(" ")
        puts [defined?(ActionMailer), defined?(ActiveStorage), "ActionText".safe_constantize, Rails.application.config.respond_to?(:action_mailer)].inspect
      RUBY
      assert_equal "", result.err
      # Active Record requires the two after it.
      assert_equal "action_view/railtie action_controller/railtie active_record/railtie active_job/railtie action_cable/engine\n[nil, nil, nil, false]\n", result.out
    end
  end

  def test_what_a_railtie_brings_in_is_said_beforehand
    EnforcedApp.with(LIST.sub("action_view/railtie, ", "")) do |app|
      result = app.boot("puts defined?(ActionView)")
      assert_equal "constant\n", result.out
      assert_equal 1, result.notes.size, result.err
      assert_match(%r{\Aconfig/memtrim.yml:1: Rails [\d.]+ can't have this list as it is: action_controller/railtie brings in action_view/railtie\. Loaded too; list them as well\z}, result.notes.first)
    end
  end

  def test_settings_of_left_out_railties_have_no_effect
    settings = <<~RUBY
      Rails.application.configure do
        config.action_mailer.delivery_method = :smtp
        config.action_mailer.preview_paths << "previews"
        config.action_mailer.default_url_options = {host: "x"}
        config.action_mailer.smtp_settings[:address] = "x"
        config.action_mailbox.queues.routing = :routing
        config.active_storage.variable_content_types.delete("image/png")
        SEEN = [config.action_mailer.delivery_method, config.action_mailer.default_url_options, config.respond_to?(:action_mailer), config.action_mailer.deliver_later_queue_name.nil?, [*config.action_mailer.interceptors]]
      end
    RUBY
    EnforcedApp.with(LIST, files: {"config/initializers/mail.rb" => settings}) do |app|
      result = app.boot("p SEEN; Rails.application.config.action_mailer.late = 1")
      assert_equal "", result.err
      assert_equal %([:smtp, {:host=>"x"}, false, true, []]\n), result.out.gsub("{host: ", "{:host=>")
      state = railties(app)
      of_initializer = state["settings"].select { |setting| setting["file"] == "config/initializers/mail.rb" }
      assert_equal [
        [2, "action_mailer.delivery_method"], [3, "action_mailer.preview_paths"], [4, "action_mailer.default_url_options"], [5, "action_mailer.smtp_settings.address"],
        [6, "action_mailbox.queues.routing"], [7, "active_storage.variable_content_types"]
      ], of_initializer.map { |setting| setting.values_at("line", "name") }
      assert_includes state["settings"], {"railtie" => "active_storage/engine", "name" => "active_storage.service", "file" => "config/environments/production.rb", "line" => 20}
    end
  end

  def test_a_setting_of_nobody_is_an_error_as_before
    EnforcedApp.with(LIST, files: {"config/initializers/x.rb" => "Rails.application.config.action_mail.x = 1"}) do |app|
      assert_match(/undefined method [`']action_mail' for/, app.boot.err)
    end
  end

  USES = {
    "class Late < ActionMailer::Base; end" => ["NameError", "ActionMailer is not loaded: config/memtrim.yml:1 leaves out action_mailer/railtie, and lib/late.rb:1 uses it. Put action_mailer/railtie back, or delete the line."],
    "module Deep; class Late < ActionMailbox::Base; end; end" => ["NameError", "ActionMailbox is not loaded: config/memtrim.yml:1 leaves out action_mailbox/engine, and lib/late.rb:1 uses it. Put action_mailbox/engine back, or delete the line."],
    "class Person; has_one_attached :photo; end" => ["NoMethodError", "has_one_attached comes with ActiveStorage: config/memtrim.yml:1 leaves out active_storage/engine, and lib/late.rb:1 uses it. Put active_storage/engine back, or delete the line."],
    "ApplicationController.render(inline: '<%= rich_text_area :a, :b %>')" => ["NoMethodError", /\Arich_text_area comes with ActionText: config\/memtrim.yml:1 leaves out action_text\/engine, and .*uses it/],
    "ApplicationMailer" => ["NameError", /\AApplicationMailer is not loaded: ActionMailer is not either: config\/memtrim.yml:1 leaves out action_mailer\/railtie, and lib\/late.rb:1 uses it/],
    "Person.has_one_atached" => ["NoMethodError", /\Aundefined method [`']has_one_atached'/],
    "ActonMailer" => ["NameError", /\Auninitialized constant ActonMailer/]
  }.freeze

  def test_what_uses_a_left_out_railtie_is_told_so
    EnforcedApp.with(LIST, files: {"app/mailers/application_mailer.rb" => "class ApplicationMailer < ActionMailer::Base\nend\n"}) do |app|
      result = app.boot(<<~RUBY)
        require "json"
        answers = #{USES.keys.inspect}.map do |code|
          File.write("lib/late.rb", code)
          load "lib/late.rb"
        rescue NameError, ActionView::Template::Error => error
          error = error.cause if error.is_a?(ActionView::Template::Error)
          [error.class.ancestors.map(&:to_s), error.message.lines.first.strip, error.backtrace.first]
        end
        puts JSON.generate(answers)
      RUBY
      answers = JSON.parse(result.out)
      USES.values.zip(answers) do |(error_class, message), (classes, said, place)|
        assert_includes classes, error_class
        assert message === said, "#{said.inspect} is not #{message.inspect}"
        refute_match %r{showcase_memtrim/}, place
      end
    end
  end

  def test_the_app_needs_what_the_list_leaves_out
    list = LIST.sub("active_job/railtie, ", "")
    EnforcedApp.with(list) do |app|
      result = app.boot(env: "test", before: "END { puts $LOADED_FEATURES.grep(%r{/rails\\.rb$}).grep_v(/memtrim/).size }")
      assert_match(%r{config/memtrim.yml:1: the list leaves out active_job/railtie, and app/jobs/application_job.rb:3 needs it \(class ApplicationJob < ActiveJob::Base\)\. Put active_job/railtie in the list, or delete app/jobs/application_job.rb and what builds on it}, result.err)
      assert_match(/config\/application\.rb/, result.err.lines.first, "the first line of the trace is the app's")
      assert_equal "0\n", result.out, "Rails is not loaded"
      refute_predicate result.status, :success?

      warned = app.boot(variables: {"EAGER_LOAD" => "0"})
      assert_equal "booted\n", warned.out
      assert_match(/the list leaves out active_job/, warned.notes.first)
      assert_match(/ConstantError|ActiveJob is not loaded/, app.boot.err, "eager load finds it")
    end
  end

  def test_a_generated_base_class_alone_does_not_stop_the_boot
    mailer = "class ApplicationMailer < ActionMailer::Base\n  layout \"mailer\"\nend\n"
    EnforcedApp.with(LIST, files: {"app/mailers/application_mailer.rb" => mailer}) do |app|
      assert_equal "booted\n", app.boot.out
      check = app.run("bin/rails", "zeitwerk:check", env: "test")
      assert_match(/All is good!/, check.out)
      state = railties(app)
      assert_equal [{"file" => "app/mailers/application_mailer.rb", "railtie" => "action_mailer/railtie"}], state["base_classes"]
    end
  end

  GEM = "# comment\nrequire \"rails\"\nrequire \"action_mailer/railtie\"\n"

  def test_a_gem_that_brings_one_back_is_named
    message = "courier 1.0 (lib/courier.rb:3) requires action_mailer/railtie, which config/memtrim.yml:1 leaves out. Put it in the list, or do without what requires it"
    EnforcedApp.with(LIST, gems: {"courier" => GEM}) do |app|
      refused = app.boot(env: "development")
      refute_predicate refused.status, :success?
      assert_includes refused.err.lines.first, message
    end
  end

  def test_what_a_gem_has_brought_back_works_when_it_is_only_warned_of
    EnforcedApp.with(LIST, gems: {"courier" => GEM}) do |app|
      result = app.boot("p ActionMailer::Base.perform_caching, Rails.application.config.respond_to?(:action_mailer)")
      assert_equal "false\ntrue\n", result.out # as config/environments/production.rb says
      assert_equal 1, result.notes.size
      assert_match(/courier.* requires action_mailer\/railtie/, result.notes.first)
      row = railties(app)["railties"].find { |each| each["name"] == "action_mailer/railtie" }
      assert_equal "brought in", row["state"]
      assert_match(/courier.*:3/, row["by"])

      app.write("config/memtrim.yml", "#{LIST}enforce: off\n")
      assert_equal "", app.boot.err
    end
  end

  def test_no_rescue_hides_it
    swallowed = "begin\n  require \"action_mailer/railtie\"\nrescue ScriptError, StandardError\nend\n"
    EnforcedApp.with(LIST, gems: {"courier" => swallowed}) do |app|
      result = app.boot(env: "development")
      refute_predicate result.status, :success?
      assert_match(/courier.* requires action_mailer\/railtie/, result.err)
    end
  end

  def test_all_of_rails_besides_a_list_is_refused
    EnforcedApp.with(LIST) do |app|
      app.write("config/application.rb", app.read("config/application.rb").sub(/^require "showcase.*$/) { |line| "#{line}\nrequire \"rails/all\"" })
      assert_match(/requires (action_mailer\/railtie|active_storage\/engine), which config\/memtrim.yml:1 leaves out/, app.boot(env: "test").err)
    end
  end

  def test_the_list_of_an_app_as_text
    EnforcedApp.with(LIST) do |app|
      result = Memtrim.run("railties", "--app", app.directory)
      assert_equal "", result.err
      assert_match(/\Aapp · production · Ruby [\d.]+ · Rails [\d.]+ · list: config\/memtrim.yml \(enforce: warn\)\n\nactive_record\/railtie      listed\n/, result.out)
      assert_match(/^action_mailer\/railtie      left out$/, result.out)
      assert_match(%r{^  config/environments/production.rb:20  config.active_storage.service$}, result.out)
    end
  end

  def test_an_app_that_does_not_boot
    EnforcedApp.with("railties: [action_mailr/railtie]\n") do |app|
      result = Memtrim.run("railties", "--app", app.directory)
      assert_equal 2, result.status.exitstatus
      assert_equal 1, result.notes.size
      assert_match(/does not boot: .*config\/memtrim.yml:1: action_mailr\/railtie is no railtie of Rails .*did you mean action_mailer\/railtie\?/, result.notes.first)
    end
  end

  private

  def railties(app)
    result = Memtrim.run("railties", "--app", app.directory, "--format", "json")
    assert_predicate result.status, :success?, result.err
    JSON.parse(result.out)
  end
end
