# frozen_string_literal: true

require "minitest/autorun"
require "showcase_memtrim"

# Stacks as Ruby 3.1 to 3.4 and Rails 7.1 to 8.1 have them, the innermost frame first; what says nothing is left out.
class TracePhaseTest < Minitest::Test
  APP = "/srv/shop"
  GEMS = "/usr/local/bundle/gems"
  ZEITWERK = "#{GEMS}/zeitwerk-2.7.3/lib/zeitwerk"

  # What an app's page is called by.
  REQUEST = [
    "#{GEMS}/actionpack-7.1.5/lib/action_controller/metal/basic_implicit_render.rb:6:in `send_action'",
    "#{GEMS}/actionpack-7.1.5/lib/abstract_controller/base.rb:224:in `process_action'",
    "#{GEMS}/activesupport-7.1.5/lib/active_support/callbacks.rb:118:in `block in run_callbacks'",
    "#{GEMS}/actionpack-7.1.5/lib/action_controller/metal.rb:227:in `dispatch'",
    "#{GEMS}/rack-3.1.8/lib/rack/etag.rb:29:in `call'",
    "#{GEMS}/railties-7.1.5/lib/rails/engine.rb:536:in `call'",
    "#{GEMS}/puma-6.4.3/lib/puma/request.rb:100:in `block in handle_request'"
  ].freeze
  INITIALIZER = [
    "#{GEMS}/railties-8.1.1/lib/rails/engine.rb:690:in 'block in Rails::Engine#load_config_initializer'",
    "#{GEMS}/railties-8.1.1/lib/rails/initializable.rb:24:in 'BasicObject#instance_exec'",
    "#{GEMS}/railties-8.1.1/lib/rails/initializable.rb:24:in 'Rails::Initializable::Initializer#run'",
    "#{GEMS}/railties-8.1.1/lib/rails/application.rb:442:in 'Rails::Application#initialize!'",
    "#{APP}/config/environment.rb:5:in '<main>'"
  ].freeze
  EAGER_LOAD = [
    "#{ZEITWERK}/core_ext/kernel.rb:34:in `require'",
    "#{ZEITWERK}/loader/helpers.rb:150:in `const_get'",
    "#{ZEITWERK}/loader/eager_load.rb:190:in `block in actual_eager_load_dir'",
    "#{ZEITWERK}/loader/eager_load.rb:30:in `block in eager_load'",
    "#{GEMS}/railties-7.2.4/lib/rails/application/finisher.rb:81:in `block in <module:Finisher>'",
    "#{GEMS}/railties-7.2.4/lib/rails/initializable.rb:32:in `run'",
    "#{APP}/config/environment.rb:5:in `<top (required)>'"
  ].freeze
  JOB = [
    "#{GEMS}/activejob-7.2.4/lib/active_job/execution.rb:68:in `block in _perform_job'",
    "#{GEMS}/activejob-7.2.4/lib/active_job/execution.rb:51:in `perform_now'"
  ].freeze
  MINITEST = [
    "#{GEMS}/minitest-5.25.4/lib/minitest/test.rb:94:in `block (3 levels) in run'",
    "#{GEMS}/railties-7.2.4/lib/rails/commands/test/test_command.rb:33:in `perform'",
    "#{APP}/bin/rails:5:in `<main>'"
  ].freeze
  RSPEC = ["#{GEMS}/rspec-core-3.13.2/lib/rspec/core/example.rb:263:in 'BasicObject#instance_exec'", "#{GEMS}/rspec-core-3.13.2/exe/rspec:4:in '<top (required)>'"].freeze
  RAKE = ["#{GEMS}/rake-13.2.1/lib/rake/task.rb:281:in `block in execute'", "#{GEMS}/rake-13.2.1/lib/rake/task.rb:281:in `each'", "#{APP}/bin/rails:5:in `<main>'"].freeze
  INTEGRATION = ["#{GEMS}/rack-test-2.1.0/lib/rack/test.rb:371:in `process_request'", "#{GEMS}/actionpack-7.1.5/lib/action_dispatch/testing/integration.rb:293:in `process'", "#{APP}/test/integration/pages_test.rb:7:in `block in <class:PagesTest>'"].freeze

  STACKS = {
    "in a controller" => [:request, ["#{APP}/app/controllers/sheets_controller.rb:11:in `show'", *REQUEST]],
    "in a template, of Ruby 3.4" => [:request, ["#{APP}/app/views/sheets/show.xlsx.erb:2:in '_app_views_sheets_show_xlsx_erb__123'", *REQUEST.map { |line| line.sub("engine.rb:536:in `call'", "engine.rb:536:in 'Rails::Engine#call'") }]],
    "in a test's request" => [:request, ["#{APP}/app/controllers/sheets_controller.rb:11:in `show'", *REQUEST, *INTEGRATION, *MINITEST]],
    "in a middleware" => [:request, ["#{APP}/lib/middleware/stamp.rb:4:in `call'", "#{GEMS}/railties-8.0.2/lib/rails/engine.rb:535:in 'Rails::Engine#call'"]],
    "in a block of an initializer, later" => [:request, ["#{APP}/config/initializers/rack_attack.rb:6:in `block in <main>'", *REQUEST]],
    "in a Grape endpoint" => [:request, ["#{APP}/app/api/root.rb:9:in `block in <class:Root>'", "#{GEMS}/grape-2.4.0/lib/grape/endpoint.rb:59:in `call'"]],
    "in a channel" => [:request, ["#{APP}/app/channels/scores_channel.rb:8:in `receive'", "#{GEMS}/actioncable-7.1.5/lib/action_cable/channel/base.rb:194:in `perform_action'"]],
    "in a class's body, that a request loads" => [:eager_load, ["#{APP}/app/models/sheet.rb:3:in `<class:Sheet>'", "#{APP}/app/models/sheet.rb:1:in `<top (required)>'", "#{ZEITWERK}/core_ext/kernel.rb:34:in `require'", "#{APP}/app/controllers/sheets_controller.rb:11:in `show'", *REQUEST]],
    "in a lambda of a class's body" => [:request, ["#{APP}/app/models/sheet.rb:4:in `block in <class:Sheet>'", "#{GEMS}/activerecord-7.1.5/lib/active_record/scoping/named.rb:1:in `scope'", *REQUEST]],
    "when eager load loads it" => [:eager_load, ["#{APP}/app/models/sheet.rb:3:in `<class:Sheet>'", *EAGER_LOAD]],
    "when eager load loads a file in lib" => [:eager_load, ["#{APP}/lib/sheets.rb:1:in `<top (required)>'", *EAGER_LOAD]],
    "in an engine's class" => [:eager_load, ["#{APP}/engines/billing/app/models/billing/money.rb:3:in `<module:Billing>'", *REQUEST]],
    "in an initializer" => [:initializer, ["#{APP}/config/initializers/pdf.rb:1:in '<main>'", *INITIALIZER]],
    "in an after_initialize block" => [:initializer, ["#{APP}/config/application.rb:20:in 'block in <class:Application>'", "#{GEMS}/activesupport-8.1.1/lib/active_support/lazy_load_hooks.rb:90:in 'block in execute_hook'", *INITIALIZER]],
    "in an environment's file" => [:initializer, ["#{APP}/config/environments/production.rb:9:in `block in <top (required)>'", "#{APP}/config/environments/production.rb:3:in `<top (required)>'", *INITIALIZER]],
    "in routes that a request loads" => [:initializer, ["#{APP}/config/routes.rb:3:in `block in <main>'", "#{GEMS}/actionpack-8.0.2/lib/action_dispatch/routing/route_set.rb:1:in `draw'", "#{APP}/config/routes.rb:1:in `<main>'", *REQUEST]],
    "in a route's constraint" => [:request, ["#{APP}/config/routes.rb:3:in `block (2 levels) in <main>'", *REQUEST]],
    "in config/application.rb" => [:boot, ["#{GEMS}/caxlsx-4.1.0/lib/axlsx.rb:9:in `<top (required)>'", "/usr/lib/ruby/vendor_ruby/bundler/runtime.rb:60:in `require'", "#{APP}/config/application.rb:7:in `<top (required)>'", "#{APP}/config/environment.rb:2:in `<top (required)>'"]],
    "in a job" => [:job, ["#{APP}/app/jobs/archive_job.rb:12:in `perform'", *JOB]],
    "in a job that a request performs" => [:job, ["#{APP}/app/jobs/archive_job.rb:12:in `perform'", *JOB, *REQUEST]],
    "in a job of Sidekiq's own" => [:job, ["#{APP}/app/sidekiq/archive.rb:3:in `perform'", "#{GEMS}/sidekiq-7.3.9/lib/sidekiq/processor.rb:220:in `execute_job'"]],
    "in a mailer of a job" => [:job, ["#{APP}/app/mailers/sheet_mailer.rb:3:in `sheet'", "#{GEMS}/actionmailer-7.2.4/lib/action_mailer/base.rb:644:in `block in process'", *JOB]],
    "in a Rake task" => [:task, ["#{APP}/lib/backup.rb:5:in `run'", "#{APP}/lib/tasks/backup.rake:9:in `block (2 levels) in <main>'", *RAKE]],
    "in a Rake task that a test runs" => [:task, ["#{APP}/lib/backup.rb:5:in `run'", *RAKE.first(1), "#{APP}/test/tasks/backup_test.rb:9:in `test_it'", *MINITEST]],
    "in a library that a task requires" => [:task, ["#{APP}/lib/backup.rb:1:in `<top (required)>'", *RAKE]],
    "in a script" => [:task, ["#{APP}/script/sync.rb:14:in `<main>'"]],
    "in a program of the app's own" => [:task, ["#{APP}/bin/sync:14:in `<main>'"]],
    "in rails runner" => [:task, ["#{GEMS}/railties-7.2.4/lib/rails/commands/runner/runner_command.rb:49:in `<main>'"]],
    "in a migration" => [:task, ["#{APP}/db/migrate/20240101_add.rb:4:in `up'", "#{GEMS}/activerecord-7.2.4/lib/active_record/migration.rb:1043:in `exec_migration'"]],
    "in seeds" => [:task, ["#{APP}/db/seeds.rb:4:in `<main>'", *RAKE]],
    "in a test itself" => [:test, ["#{APP}/test/integration/gems_test.rb:29:in `test_it'", *MINITEST]],
    "in a factory" => [:test, ["#{APP}/spec/factories/people.rb:3:in 'block (3 levels) in <main>'", "#{GEMS}/factory_bot-6.5.0/lib/factory_bot/evaluator.rb:1:in 'x'", "#{APP}/spec/models/person_spec.rb:3:in 'block (2 levels) in <main>'", *RSPEC]],
    "in an engine's test" => [:test, ["#{APP}/engines/billing/spec/money_spec.rb:3:in 'block (2 levels) in <main>'", *RSPEC]],
    "by another gem, for a test" => [:test, ["#{GEMS}/caxlsx-4.1.0/lib/axlsx/package.rb:9:in `serialize'", "#{APP}/test/models/sheet_test.rb:3:in `test_it'", *MINITEST]],
    "in a model, that a test calls" => [:application, ["#{APP}/app/models/sheet.rb:9:in `pdf'", "#{APP}/test/models/sheet_test.rb:3:in `test_it'", *MINITEST]],
    "in app/models/test" => [:application, ["#{APP}/app/models/test/run.rb:9:in `pdf'"]],
    "in a test that boots the app" => [:initializer, ["#{APP}/config/initializers/pdf.rb:1:in `<top (required)>'", *INITIALIZER, "#{APP}/test/test_helper.rb:2:in `<main>'", *MINITEST]],
    "in a thread" => [:application, ["#{APP}/lib/poller.rb:9:in `block in start'"]],
    "in a console" => [:application, ["(irb):1:in `<main>'", "#{GEMS}/irb-1.14.3/lib/irb.rb:1:in `eval'", "#{APP}/bin/rails:5:in `<main>'"]],
    "of a path gem of Rails" => [:request, ["#{APP}/app/controllers/x_controller.rb:1:in `show'", "/src/bundler/gems/rails-0a1b2c3d/railties/lib/rails/engine.rb:1:in `call'"]],
    "nowhere" => [:application, []]
  }.freeze

  STACKS.each do |name, (phase, lines)|
    define_method(:"test_#{name.tr(" ,'", "__")}") do
      frames = lines.map do |line|
        path, number, label = line.match(/\A(.+?):(\d+):in [`'](.+)'\z/).captures
        ShowcaseMemtrim::Trace::Frame.new(path, number.to_i, label)
      end
      assert_equal phase, ShowcaseMemtrim::Trace::Phase.of(frames, ShowcaseMemtrim::Trace::Owner.new(APP))
    end
  end
end
