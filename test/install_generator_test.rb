# frozen_string_literal: true

require "minitest/autorun"
require "yaml"
require_relative "support/enforced_app"
require "showcase_memtrim/configuration"

# `bin/rails generate memtrim:install`, as Rails users know generators.
class InstallGeneratorTest < Minitest::Test
  APPLICATION, CONFIGURATION = %w[config/application.rb config/memtrim.yml].freeze
  RAKEFILE, WORKFLOW = %w[Rakefile .github/workflows/memtrim.yml].freeze

  def test_there_and_back
    with_stock("tenant") do |app|
      before = app.read(APPLICATION)
      assert_match(/^Memtrim:\n  memtrim:install$/, rails(app, "generate", "--help"))
      assert_match(/create +config\/memtrim\.yml\n +gsub +config\/application\.rb/, rails(app, "generate", "memtrim:install", "--pretend"))
      assert_equal [before, false], [app.read(APPLICATION), exist?(app)]

      assert_match(/create +config\/memtrim\.yml\n +gsub +config\/application\.rb/, rails(app, "generate", "memtrim:install"))
      assert_equal before.sub("rails/all", "showcase_memtrim/rails"), app.read(APPLICATION)
      assert_nil content(app, WORKFLOW)
      refute_includes app.read(RAKEFILE), "memtrim"
      refute YAML.safe_load(app.read(CONFIGURATION)), "all comments: the app loads what it did"
      assert_includes app.read(CONFIGURATION), "# railties:\n#   - active_record/railtie\n#   - active_storage/engine\n"
      # Its comments are right: without the marks it says what it shows.
      shown = YAML.safe_load(app.read(CONFIGURATION)[/^# railties:.*/m].gsub(/^# (?=[a-z ]+:|  )/, "").gsub(/^# .*\n/, ""))
      assert_equal %w[budget defer enforce railties], shown.keys.sort
      assert_equal %w[rss held seconds growth gem railtie], ShowcaseMemtrim::Configuration.new(shown.to_yaml).budget.map(&:measure)
      booted = app.boot("p defined?(ActionMailbox)")
      assert_equal [%("constant"\n), ""], [booted.out, booted.err]

      assert_match(/identical +config\/memtrim\.yml\n +identical +config\/application\.rb/, rails(app, "generate", "memtrim:install"))
      app.write(CONFIGURATION, "# mine\n")
      assert_match(/skip +config\/memtrim\.yml/, rails(app, "generate", "memtrim:install", "--skip"))
      assert_equal "# mine\n", app.read(CONFIGURATION)
      assert_match(/force +config\/memtrim\.yml/, rails(app, "generate", "memtrim:install", "--force"))
      assert_includes app.read(CONFIGURATION), "# railties:\n"

      assert_match(/remove +config\/memtrim\.yml\n +gsub +config\/application\.rb/, rails(app, "destroy", "memtrim:install"))
      assert_equal [before, false], [app.read(APPLICATION), exist?(app)]
    end
  end

  # In the app's default task, and in the app's CI, if asked.
  def test_checks
    with_stock("tenant") do |app|
      before = [RAKEFILE, WORKFLOW].map { |file| content(app, file) }
      pretended = rails(app, "generate", "memtrim:install", "--check", "--github", "--pretend")
      assert_match(%r{gsub +Rakefile\n +create +\.github/workflows/memtrim\.yml}, pretended)
      assert_equal before, [RAKEFILE, WORKFLOW].map { |file| content(app, file) }
      assert_match(%r{gsub +Rakefile\n +create +\.github/workflows/memtrim\.yml}, rails(app, "generate", "memtrim:install", "--check", "--github"))
      assert_equal "#{before.first}\ntask default: \"memtrim:check\"\n", app.read(RAKEFILE)
      assert_match(%r{identical +Rakefile\n +identical +\.github/workflows/memtrim\.yml}, rails(app, "generate", "memtrim:install", "--check", "--github"))
      check_workflow(YAML.load_file(File.join(app.directory, WORKFLOW)))

      planned = app.run("bundle", "exec", "rake", "--dry-run", env: "test")
      assert_operator planned.err.index("Execute (dry run) test"), :<, planned.err.index("Execute (dry run) memtrim:check"), planned.err
      # RAILS_ENV is test here, and the boot would be production's.
      result = app.run("bundle", "exec", "rake", "memtrim:check", env: "test")
      assert_equal [2, "memtrim: neither a budget nor a baseline"], [result.status.exitstatus, result.err[/^.*baseline(?=:)/]]

      assert_match(%r{gsub +Rakefile\n +remove +\.github/workflows/memtrim\.yml}, rails(app, "destroy", "memtrim:install"))
      assert_equal before, [RAKEFILE, WORKFLOW].map { |file| content(app, file) }
    end
  end

  # It stays enforced: in the file that is generated, or in one that was there and is kept.
  def test_an_app_with_a_list_of_its_own
    with_stock("api") do |app|
      app.write(CONFIGURATION, "# mine\n")
      assert_match(/skip +config\/memtrim\.yml\n +append +config\/memtrim\.yml/, rails(app, "generate", "memtrim:install", "--skip"))
      assert_match(/\A# mine\n\nrailties:\n/, app.read(CONFIGURATION))
      list = YAML.safe_load(app.read(CONFIGURATION))["railties"]
      assert_equal %w[action_controller/railtie action_mailer/railtie action_view/railtie active_job/railtie active_model/railtie active_record/railtie], list.sort
      rails(app, "generate", "memtrim:install", "--force")
      assert_equal list, YAML.safe_load(app.read(CONFIGURATION))["railties"]
      booted = app.boot("p defined?(ActionMailer), defined?(ActionCable)")
      assert_equal [%("constant"\nnil\n), []], [booted.out, booted.notes]
      rails(app, "destroy", "memtrim:install")
      assert_equal ["rails", *list], app.read(APPLICATION).scan(/^require "(.*)"/).flatten
      assert_equal %("constant"\nnil\n), app.boot("p defined?(ActionMailer), defined?(ActionCable)").out
    end
  end

  def test_what_is_left_to_people
    with_stock("tenant") do |app|
      app.write(APPLICATION, app.read(APPLICATION).sub('require "rails/all"', 'require "rails/all" unless ENV["NONE"]'))
      before = app.read(APPLICATION)
      result = app.run("bin/rails", "generate", "memtrim:install", env: "development")
      assert_match(/config\/application\.rb: no `require "rails\/all"` at the top level.*by hand/, result.err)
      refute_predicate result.status, :success?
      assert_equal [before, false], [app.read(APPLICATION), exist?(app)]
    end
  end

  private

  # It can do no more than it has to, and runs nothing that a pull request's author names.
  def check_workflow(workflow)
    job = workflow.fetch("jobs").fetch("memtrim")
    assert_equal [{}, {"contents" => "read", "pull-requests" => "write"}], [workflow["permissions"], job["permissions"]]
    assert_equal %w[push pull_request], workflow.fetch(true).keys # YAML 1.1's word for `on`
    job["steps"].each do |step|
      assert_match(/\A[\w-]+\/[\w-]+@v\d+\z/, step["uses"]) if step["uses"]
      next unless step["run"]
      refute_includes step["run"], "${{"
      _, status = Open3.capture2e("bash", "-n", stdin_data: step["run"])
      assert_predicate status, :success?, step["run"]
    end
  end

  # @return [String, nil] nil: there is no such file
  def content(app, path)
    app.read(path) if File.exist?(File.join(app.directory, path))
  end

  # As it is without us.
  def with_stock(name, &block)
    stock = File.read(File.join(AppCopy::APPS, name, APPLICATION))
    EnforcedApp.with(nil, files: {APPLICATION => stock}, app: name, &block)
  end

  # @return [String] what it prints
  def rails(app, *arguments)
    result = app.run("bin/rails", *arguments, env: "development")
    assert_predicate result.status, :success?, result.out + result.err
    result.out
  end

  def exist?(app)
    File.exist?(File.join(app.directory, CONFIGURATION))
  end
end
