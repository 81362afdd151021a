# frozen_string_literal: true

require "minitest/autorun"
require_relative "../support/doctored_app"

# One copy of a sound app for each thing that can be planted: that finding at that line, and nothing else of the rule. The
# sound app has none.
class DoctorRulesTest < Minitest::Test
  include DoctoredApp

  def test_the_sound_app
    assert_empty own(findings)
  end

  # What is planted, the variables of the container, and rule, level, place.
  PLANTED = {
    "all of Rails" => [{"config/application.rb" => [%(require "rails"), %(require "rails/all")]}, {}, ["rails_all", "fault", "config/application.rb:2"]],
    "ours without a list" => [{"config/application.rb" => [%(require "rails"), %(require "showcase_memtrim/rails")]}, {}, ["rails_all", "fault", "config/application.rb:2"]],
    "threads of the file's own default" => [{"config/puma.rb" => [", 3)", ") { 5 }"]}, {}, ["puma_threads", "trade", "config/puma.rb:1"]],
    "threads without a file" => [{"config/puma.rb" => nil}, {}, ["puma_threads", "trade", nil]],
    "threads of the environment" => [{"Procfile" => "web: RAILS_MAX_THREADS=8 bundle exec puma -C config/puma.rb\n"}, {}, ["puma_threads", "trade", "Procfile:1"]],
    "a number in the file" => [{"config/puma.rb" => ["threads threads_count, threads_count", "threads 2, 2"]}, {"RAILS_MAX_THREADS" => 3}, ["puma_threads", "fault", "config/puma.rb:2"]],
    "a number in the command" => [{"Procfile" => "web: bundle exec puma -t 5:5\n"}, {}, ["puma_threads", "fault", "Procfile:1"]],
    "one worker" => [{"config/puma.rb" => ["port", "workers 1\nport"]}, {}, ["puma_workers", "trade", "config/puma.rb:3"]],
    "one worker, preloaded" => [{"config/puma.rb" => ["port", "workers 1\npreload_app!\nport"]}, {}, ["puma_workers", "trade", "config/puma.rb:3"]],
    "one worker, by the environment" => [{"Procfile" => "web: WEB_CONCURRENCY=1 bundle exec puma\n"}, {}, ["puma_workers", "trade", "Procfile:1"]],
    "a small pool" => [{"config/database.yml" => [%(<%= ENV.fetch("RAILS_MAX_THREADS", 5) %>), "2"]}, {}, ["database_pool", "fault", "config/database.yml:3"]],
    "Rails' own pool" => [{"config/database.yml" => ["  pool:", "  # pool:"], "config/puma.rb" => ["ENV.fetch(\"RAILS_MAX_THREADS\", 3)", "6"]}, {}, ["puma_threads", "trade", "config/puma.rb:1"], ["database_pool", "fault", "config/database.yml:6"]],
    "all loaded, by one process" => [{"config/environments/production.rb" => ["eager_load = false", "eager_load = true"]}, {}, ["eager_load", "trade", "config/environments/production.rb:3"]],
    "nothing for workers to share" => [{"config/puma.rb" => ["port", "workers 2\npreload_app!\nport"]}, {}, ["eager_load", "fault", "config/environments/production.rb:3"]],
    "nothing for Puma's own preload" => [{}, {"WEB_CONCURRENCY" => 2}, ["eager_load", "fault", "config/environments/production.rb:3"]],
    "debug messages" => [{"config/environments/production.rb" => [%(ENV.fetch("RAILS_LOG_LEVEL", "info")), ":debug"]}, {}, ["log_level", "fault", "config/environments/production.rb:5"]],
    "debug messages, by the environment" => [{"Procfile" => "web: RAILS_LOG_LEVEL=debug bin/rails server\n"}, {}, ["log_level", "fault", "Procfile:1"]],
    "debug messages, since nothing is set" => [{"config/environments/production.rb" => [/  config.log_level.*\n/.match(SOUND["config/environments/production.rb"])[0], ""]}, {}, ["log_level", "fault", "config/environments/production.rb"]],
    "a proc for a tag" => [{"config/environments/production.rb" => ["[:request_id]", "[:request_id, ->(request) { request.session.id }]"]}, {}, ["log_tags", "trade", "config/environments/production.rb:4"]],
    "many tags" => [{"config/environments/production.rb" => ["[:request_id]", "[:request_id, :remote_ip, :host]"]}, {}, ["log_tags", "trade", "config/environments/production.rb:4"]],
    "a test's gem in the default group" => [{"Gemfile" => [%(gem "puma"), %(gem "puma"\ngem "webmock")]}, {}, ["development_gems", "fault", "Gemfile:4"]],
    "a development gem in production's group" => [{"Gemfile" => [%(gem "puma"), %(gem "puma"\ngem "listen", group: %i[development production])]}, {}, ["development_gems", "fault", "Gemfile:4"]],
    "the group of development" => [{"config/application.rb" => ["(*Rails.groups)", "(*Rails.groups(:development))"]}, {}, ["development_gems", "fault", "config/application.rb:5"]],
    "YJIT by Rails" => [{"config/application.rb" => ["    config.yjit = false\n", ""]}, {}, ["yjit", "trade", "config/application.rb:8"]],
    "YJIT by a setting" => [{"config/environments/production.rb" => ["  config.log_level", "  config.yjit = true\n  config.log_level"]}, {}, ["yjit", "trade", "config/environments/production.rb:5"]],
    "YJIT by an initializer" => [{"config/initializers/enable_yjit.rb" => "if defined?(RubyVM::YJIT.enable)\n  Rails.application.config.after_initialize do\n    RubyVM::YJIT.enable\n  end\nend\n"}, {}, ["yjit", "trade", "config/initializers/enable_yjit.rb:3"]],
    "YJIT by the environment" => [{"Procfile" => "web: RUBY_YJIT_ENABLE=1 bin/rails server\n"}, {}, ["yjit", "trade", "Procfile:1"]],
    "YJIT by Ruby's options" => [{"Procfile" => "web: RUBYOPT='-W0 --yjit' bin/rails server\n"}, {}, ["yjit", "trade", "Procfile:1"]],
    "YJIT turned off too early" => [{"config/application.rb" => ["    config.load_defaults 7.2\n    config.yjit = false", "    config.yjit = false\n    config.load_defaults 7.2"]}, {}, ["yjit", "fault", "config/application.rb:8"]],
    "YJIT turned off by a variable" => [{"config/application.rb" => ["    config.yjit = false\n", ""], "Procfile" => "web: RUBY_YJIT_ENABLE=0 bin/rails server\n"}, {}, ["yjit", "fault", "Procfile:1"]],
    "settings of what is left out" => [{"config/environments/production.rb" => ["  config.log_level", "  config.action_mailer.perform_caching = false\n  config.log_level"]}, {}, ["left_out_settings", "fault", "config/environments/production.rb:5"]],
    "settings of what our list leaves out" => [
      {"config/application.rb" => [%(require "rails"), %(require "showcase_memtrim/rails")], "config/memtrim.yml" => "railties:\n  - active_record/railtie\n",
       "config/environments/production.rb" => ["  config.log_level", "  config.active_storage.service = :local\n  config.log_level"]}, {}, ["left_out_settings", "fault", "config/environments/production.rb:5"]
    ]
  }.freeze

  PLANTED.each do |name, (changes, variables, *expected)|
    define_method(:"test_#{name}") do
      installed do
        found = findings(changes, variables: variables.any? ? variables : nil)
        assert_equal expected, places(own(found)), name
        found.each { |finding| assert_whole(finding) }
      end
    end
  end

  # What looks like one, and is none; or can't be known.
  HARMLESS = {
    "as many threads, by the environment" => [{}, {"RAILS_MAX_THREADS" => 3}],
    "half as many threads, by the environment" => [{"config/puma.rb" => ["ENV.fetch(\"RAILS_MAX_THREADS\", 3)", "ENV.fetch(\"RAILS_MAX_THREADS\", 3).to_i / 2"]}, {"RAILS_MAX_THREADS" => 4}],
    "two tags" => [{"config/environments/production.rb" => ["[:request_id]", "[:request_id, :remote_ip]"]}, {}],
    "threads by whatever the machine has" => [{"config/puma.rb" => "threads 1, Etc.nprocessors * 4\n"}, {}],
    "threads below what is not known" => [{"config/puma.rb" => "threads 9, 9 if File.exist?('many')\n"}, {}],
    "threads of the development environment" => [{"config/puma.rb" => ["port", "threads 9, 9 if ENV.fetch(\"RAILS_ENV\", \"development\") == \"development\"\nport"]}, {}],
    "a variable that the container's own shell sets" => [{"Procfile" => "web: RAILS_MAX_THREADS=$(nproc) bin/rails server\n"}, {}],
    "a pool that some other process has" => [{"config/database.yml" => "production:\n  primary:\n    pool: 3\n  queue:\n    pool: 1\n"}, {}],
    "a pool between tags" => [{"config/database.yml" => "production:\n  adapter: sqlite3\n<% if ENV['SMALL'] %>\n  pool: 1\n<% end %>\n"}, {}],
    "a pool of a URL" => [{"config/database.yml" => "production:\n  url: <%= ENV['MAIN'] %>\n  pool: 1\n"}, {}],
    "no limit for connections" => [{"config/database.yml" => "production:\n  max_connections: -1\n"}, {}],
    "workers and all loaded" => [{"config/environments/production.rb" => ["eager_load = false", "eager_load = true"]}, {"WEB_CONCURRENCY" => 2}],
    "jobs that are forked and all loaded" => [
      {"config/environments/production.rb" => ["eager_load = false", "eager_load = true"], "config/puma.rb" => ["port", "plugin :solid_queue if ENV[\"SOLID_QUEUE_IN_PUMA\"]\nport"]}, {"SOLID_QUEUE_IN_PUMA" => "true"}
    ],
    "workers that load for themselves" => [{"config/puma.rb" => ["port", "workers 2\npreload_app! false\nport"]}, {}],
    "eager load by what is not known" => [{"config/environments/production.rb" => ["eager_load = false", "eager_load = Shop.eager?"]}, {}],
    "eager load that a later line takes back" => [{"config/environments/production.rb" => ["eager_load = false", "eager_load = true\n  config.eager_load = false unless ENV[\"ALL\"]"]}, {}],
    "a level of the app's own logger" => [{"config/environments/production.rb" => [%(config.log_level = ENV.fetch("RAILS_LOG_LEVEL", "info")), "config.logger = Logger.new($stdout, level: :warn)"]}, {}],
    "a test's gem that is not required" => [{"Gemfile" => [%(gem "puma"), %(gem "puma"\ngem "webmock", require: false)]}, {}],
    "a test's gem that the app uses" => [{"Gemfile" => [%(gem "puma"), %(gem "puma"\ngem "listen")], "lib/watcher.rb" => "Listen.to(\"inbox\") { Inbox.read }\n"}, {}],
    "a test's gem below a condition" => [{"Gemfile" => [%(gem "puma"), %(gem "puma"\ngem "webmock" if ENV["CI"])]}, {}],
    "groups of other environments" => [{"config/application.rb" => ["(*Rails.groups)", "(*Rails.groups(assets: %w[development test], :tools => [:production]))"]}, {}],
    "YJIT of an older Ruby" => [{"config/application.rb" => ["    config.yjit = false\n", ""], "Gemfile.lock" => ["3.3.5p100", "3.2.2p53"]}, {}],
    "YJIT of older defaults" => [{"config/application.rb" => ["    config.load_defaults 7.2\n    config.yjit = false", "    config.load_defaults 7.1"]}, {}],
    "YJIT by a setting that may not be reached" => [{"config/initializers/jit.rb" => "Rails.application.config.yjit = Shop.busy?\n"}, {}],
    "YJIT by Ruby's options, of another process" => [{"Procfile" => "web: bin/rails server\nworker: RUBYOPT=--yjit bundle exec sidekiq\n"}, {}],
    "settings of what is brought in" => [{"config/environments/production.rb" => ["  config.log_level", "  config.action_view.raise_on_missing_translations = false\n  config.log_level"]}, {}],
    "settings below a question" => [{"config/environments/production.rb" => ["  config.log_level", "  config.action_mailer.perform_caching = false if config.respond_to?(:action_mailer)\n  config.log_level"]}, {}],
    "settings of somebody else's" => [{"config/initializers/mail.rb" => "Mailchimp.setup do |config|\n  config.action_mailer.key = 1\nend\n"}, {}],
    "another server that runs it" => [{"config/puma.rb" => "threads 5, 5\n", "Procfile" => "web: bundle exec falcon serve\n"}, {}],
    "options of rails server" => [{"Procfile" => "web: bin/rails server -C -t 9\n"}, {}],
    "another server than Puma" => [{"Gemfile" => ["gem \"puma\"\n", ""], "Gemfile.lock" => ["    puma (6.4.2)\n", ""], "config/puma.rb" => "threads 9, 9\n"}, {}]
  }.freeze

  HARMLESS.each do |name, (changes, variables)|
    define_method(:"test_no_fault: #{name}") do
      installed { assert_empty places(own(findings(changes, variables: variables.any? ? variables : nil))), name }
    end
  end

  def test_nothing_is_asked_of_environments_that_serve_nobody
    %w[development test].each do |env|
      changes = {"config/puma.rb" => "threads 9, 9\n", "config/environments/#{env}.rb" => "Rails.application.configure { config.log_level = :debug }\n"}
      assert_empty own(findings(changes, env: env))
    end
  end

  # Of several databases, each one once; those of one line together.
  def test_pools
    found = findings({"config/database.yml" => <<~YAML})
      default: &default
        pool: 2
      production:
        primary:
          <<: *default
        cache:
          <<: *default
        reports:
          adapter: postgresql
          pool: "1"
        archive:
          pool: 3
    YAML
    assert_equal ["config/database.yml:2", "config/database.yml:10"], own(found).map(&:place)
    assert_match(/\Aprimary and cache have 2 connections for 3 threads \(config\/puma\.rb:1\)\z/, found.first.problem)
  end

  # A gem may require what the list leaves out, and a setting then has its effect.
  def test_settings_of_what_a_gem_brings_in
    changes = {"config/environments/production.rb" => ["  config.log_level", "  config.action_mailer.perform_caching = false\n  config.log_level"]}
    installed("rails-mail" => "require \"action_mailer/railtie\"\n") do |lock|
      assert_empty own(findings({**changes, "Gemfile.lock" => lock}))
    end
    # Its source is not here.
    assert_empty own(findings({**changes, "Gemfile.lock" => SOUND["Gemfile.lock"].sub("    puma", "    not_installed_anywhere (1.0)\n    puma")}))
  end

  # As somebody would write them.
  def test_edits
    edits = {
      "a test's gem in the default group" => %(Gemfile:4: gem "webmock", group: :test),
      "a development gem in production's group" => "Gemfile:4: group: [:development, :test] in place of its group",
      "a number in the command" => "Procfile:1: take -t out of the command, and let config/puma.rb:1 decide", "threads of the environment" => "Procfile:1: RAILS_MAX_THREADS=3",
      "a small pool" => %(config/database.yml:3: pool: <%= ENV.fetch("RAILS_MAX_THREADS", 3) %>   # or 2 threads in config/puma.rb:1),
      "YJIT by Rails" => "config/application.rb, below line 8: config.yjit = false", "YJIT by a setting" => "config/environments/production.rb:5: config.yjit = false",
      "YJIT by the environment" => "Procfile:1: take RUBY_YJIT_ENABLE away", "YJIT turned off too early" => "move config/application.rb:8 below config/application.rb:9",
      "debug messages, by the environment" => "Procfile:1: RAILS_LOG_LEVEL=info", "one worker, by the environment" => "Procfile:1: WEB_CONCURRENCY=0",
      "settings of what is left out" => "config/environments/production.rb: delete line 5   # or list action_mailer/railtie, if the app needs it"
    }
    installed do
      edits.each { |name, edit| assert_equal edit, own(findings(PLANTED.fetch(name).first)).first.edit, name }
    end
    found = own(findings({"Procfile" => "web: RAILS_MAX_THREADS=2 bundle exec puma -t 3:3\n"}))
    assert_equal "Procfile:1: RAILS_MAX_THREADS=3   # or 2 threads in Procfile:1", found.find { |finding| finding.rule == "database_pool" }.edit
    found = own(findings({"Gemfile" => [%(gem "puma"), %(gem "puma"\ngem "vcr", "~> 6.0" # of the old tests\ngem("webmock",\n  "~> 3.0")\n)]}))
    assert_equal [%(Gemfile:4: gem "vcr", "~> 6.0", group: :test # of the old tests), "Gemfile:5: add group: :test"], found.map(&:edit)
  end

  def test_what_is_measured
    stakes = {
      "threads of the file's own default" => {threads: 3}, "all loaded, by one process" => {settings: {"eager_load" => false}}, "debug messages" => {settings: {"log_level" => :info}},
      "YJIT by Rails" => {settings: {"yjit" => false}}, "YJIT by the environment" => {variables: {"RUBY_YJIT_ENABLE" => nil}}, "YJIT by Ruby's options" => {variables: {"RUBYOPT" => "-W0"}},
      "a test's gem in the default group" => {leave_out: {"webmock" => []}}, "the group of development" => {leave_out: {"debug" => [], "rspec-rails" => []}}
    }
    stakes.each do |name, expected|
      changes, variables = PLANTED.fetch(name)
      variant = own(findings(changes, variables: variables.any? ? variables : nil)).first.stake.variant
      assert_equal expected, variant.to_h.slice(*expected.keys), name
    end
  end

  private

  # Those of the rules that this file is about.
  def own(findings)
    findings.select { |finding| %w[rails_all development_gems left_out_settings eager_load puma_threads puma_workers database_pool yjit log_level log_tags].include?(finding.rule) }
  end

  # No finding is without its reason and its edit; none speaks of bytes, which nobody has measured.
  def assert_whole(finding)
    [finding.problem, finding.why, finding.edit].each do |text|
      refute_empty text
      refute_match(/\d+ ?(?:[KMG]i?B|bytes|megabytes|%)(?!\w)(?![^<]*>)/, text)
    end
  end

  # With the gems of the lock where Bundler would have put them.
  #
  # @param gems [Hash] source by name
  def installed(gems = {})
    Dir.mktmpdir do |home|
      ["puma-6.4.2", "rails-7.2.2", "railties-7.2.2", *gems.keys.map { |name| "#{name}-1.0" }].each { |name| FileUtils.mkdir_p(File.join(home, "gems", name, "lib")) }
      gems.each { |name, source| File.write(File.join(home, "gems/#{name}-1.0/lib/#{name}.rb"), source) }
      path = Gem.method(:path)
      Gem.define_singleton_method(:path) { [home, *path.call] }
      yield SOUND["Gemfile.lock"].sub("    rails (", "#{gems.keys.map { |name| "    #{name} (1.0)\n" }.join}    rails (")
    ensure
      Gem.define_singleton_method(:path, path)
    end
  end
end
