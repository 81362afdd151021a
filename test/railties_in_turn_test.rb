# frozen_string_literal: true

require "minitest/autorun"
require "tmpdir"
require_relative "support/app_copy"
require_relative "support/app_with_list"

# Each railtie of rails/all left out: alone, and together with those that bring it in. The app boots without it, or is
# told beforehand why it can't.
class RailtiesInTurnTest < Minitest::Test
  # What the tenant's own files are made of; everything else of Rails it can boot without.
  NEEDED_BY_TENANT = {
    "active_record/railtie" => "app/models/application_record.rb:3",
    "action_controller/railtie" => "app/controllers/application_controller.rb:3",
    "active_job/railtie" => "app/jobs/application_job.rb:3",
    "action_cable/engine" => "app/channels/application_cable/channel.rb:4"
  }.freeze

  # `rails new` writes these, and nothing else of Ruby, below app/. One has been added to: it is needed by nobody.
  BASE_CLASSES = {
    "app" => nil,
    "app/controllers/application_controller.rb" => "class ApplicationController < ActionController::Base\nend\n",
    "app/helpers/application_helper.rb" => "module ApplicationHelper\nend\n",
    "app/jobs/application_job.rb" => "class ApplicationJob < ActiveJob::Base\n  # retry_on ActiveRecord::Deadlocked\nend\n",
    "app/mailers/application_mailer.rb" => %(class ApplicationMailer < ActionMailer::Base\n  default from: "from@example.com"\n  layout "mailer"\nend\n),
    "app/mailboxes/application_mailbox.rb" => "class ApplicationMailbox < ActionMailbox::Base\nend\n",
    "app/models/application_record.rb" => "class ApplicationRecord < ActiveRecord::Base\n  primary_abstract_class\nend\n",
    "app/channels/application_cable/channel.rb" => "module ApplicationCable\n  class Channel < ActionCable::Channel::Base\n  end\nend\n",
    "app/channels/application_cable/connection.rb" => "module ApplicationCable\n  class Connection < ActionCable::Connection::Base\n  end\nend\n"
  }.freeze

  # Settings of every component, as an app's environments and initializers have them.
  SETTINGS = <<~RUBY
    Rails.application.configure do
      config.action_cable.mount_path = "/cable"
      config.action_cable.allowed_request_origins = [%r{http://.*}]
      config.action_controller.perform_caching = true
      config.action_mailbox.ingress = :relay
      config.action_mailer.default_url_options = {host: "example.com"}
      config.action_mailer.smtp_settings = {address: "localhost", port: 25}
      config.action_text.attachment_tag_name = "attachment"
      config.action_view.annotate_rendered_view_with_filenames = false
      config.active_job.queue_adapter = :async
      config.active_record.dump_schema_after_migration = false
      config.active_record.encryption.primary_key = "key"
      config.active_storage.variant_processor = :mini_magick
    end
  RUBY

  # Active Support's and Action Dispatch's own files define a part of these.
  OPENED_BY_RAILS = %w[ActionController ActionView].freeze

  # What each railtie brings in, by requiring it: itself and others.
  REQUIRE_EACH = <<~RUBY
    require "bundler/setup"
    require "rails"
    all = File.read($LOAD_PATH.resolve_feature_path("rails/all").last).scan(%r{^ +([a-z_/]+/(?:railtie|engine))$}).flatten
    loaded = -> { all.select { |name| $LOADED_FEATURES.include?($LOAD_PATH.resolve_feature_path(name).last) } }
    puts(all.map do |name|
      out, into = IO.pipe
      fork { require name; into.puts [name, *(loaded.call - [name])].join(" ") }
      into.close
      out.read
    end)
  RUBY

  # left_out: all that is not loaded with this list; brought: what is loaded and not in it
  Case = Struct.new(:list, :left_out, :brought)

  AppCopy.rails_versions.each do |rails|
    define_method(:"test_the_sample_app_without_each_railtie_on_rails_#{rails}") do
      in_turn(rails) do |app, example|
        (example.left_out & NEEDED_BY_TENANT.keys).any? ? assert_told(app, example) : assert_boots(app, example)
      end
    end

    define_method(:"test_a_bare_app_without_each_railtie_on_rails_#{rails}") do
      in_turn(rails, files: bare) { |app, example| assert_boots(app, example) if example.left_out.any? }
    end
  end

  private

  # Two processes at a time, and all failures at once.
  def in_turn(rails, files: {})
    source = AppCopy.prepare("tenant", rails: rails, in_gemfile: true)
    cases = Queue.new(cases(source)).close
    failures = Queue.new
    Dir.mktmpdir("in_turn") do |dir|
      %w[a b].map do |name|
        app = AppWithList.new(source, File.join(File.realpath(dir), name), files: files)
        Thread.new do
          while (example = cases.pop)
            app.list(example.list, enforce: "raise")
            begin
              yield app, example
            rescue Minitest::Assertion => failure
              failures << failure.message
            end
          end
        end
      end.each(&:join)
    end
    assert_equal "", Array.new(failures.size) { failures.pop }.join("\n\n")
  end

  # Each railtie left out alone, and with all that would bring it in.
  def cases(source)
    brings = Memtrim.run_command("bundle", "exec", "ruby", "-e", REQUIRE_EACH, chdir: source).out.lines.to_h { |line| [line.split.first, line.split] }
    assert_operator brings.size, :>=, 10
    assert_includes brings["active_record/railtie"], "action_view/railtie"
    lists = brings.keys.flat_map { |railtie| [brings.keys - [railtie], brings.keys.reject { |name| brings[name].include?(railtie) }] }
    (lists.uniq - [[]]).map do |list|
      loaded = brings.values_at(*list).flatten.uniq
      Case.new(list, brings.keys - loaded, loaded - list)
    end
  end

  # Its app/ holds what `rails new` generates, and its gems are Rails' alone.
  def bare
    application = File.read(File.join(AppCopy::APPS, "tenant/config/application.rb"))
    {
      **BASE_CLASSES,
      "lib" => nil,
      "lib/tasks/.keep" => "",
      "config/application.rb" => application.sub("Bundler.require(*Rails.groups)\n", ""),
      "config/importmap.rb" => nil,
      "config/initializers" => nil,
      "config/initializers/settings.rb" => SETTINGS,
      "config/routes.rb" => "Rails.application.routes.draw {}\n"
    }
  end

  def assert_boots(app, example)
    boot = app.boot(ask: example.left_out.flat_map { |railtie| names(railtie) })
    label = "without #{example.left_out.join(", ")}"
    assert_nil boot.error, "#{label}: #{boot.err}"
    assert boot.eager_load
    assert_equal [], example.left_out.select { |railtie| boot.loaded?(railtie) }, label
    assert_equal [], (example.list + example.brought).reject { |railtie| boot.loaded?(railtie) }, label
    assert_equal [[], []], [boot.constants, boot.settings], label
    assert_equal [], example.brought.reject { |railtie| boot.notes.join.match?(/ brings in [^;]*#{railtie}\b/) }, boot.err
    assert_operator boot.notes.size, :<=, example.brought.empty? ? 0 : 1, boot.err
  end

  # Whatever is there only with the railtie: its class, its namespace, its settings.
  def names(railtie)
    library = railtie[/\A\w+/]
    namespace = library.split("_").map(&:capitalize).join
    return ["Rails::TestUnitRailtie"] if library == "rails"
    ["#{namespace}::#{File.basename(railtie).capitalize}", *(namespace unless OPENED_BY_RAILS.include?(namespace)), library]
  end

  def assert_told(app, example)
    boot = app.boot
    label = "without #{example.left_out.join(", ")}"
    assert_equal "ShowcaseMemtrim::Error", boot.error&.fetch(:class), label
    need = boot.error[:message].match(/\Aconfig\/memtrim\.yml:2: the list leaves out (\S+), and (\S+) needs it \(.*\n?\z/)
    assert need, boot.error[:message]
    assert_includes example.left_out, need[1]
    assert_equal NEEDED_BY_TENANT.fetch(need[1]), need[2]
    assert_match %r{\A#{app.directory}/config/application\.rb:\d}, boot.error[:backtrace].first
    assert_equal [], boot.features.grep(%r{/railties-[^/]+/lib/rails\.rb\z}), "Rails is loaded before it is told"
  end
end
