# frozen_string_literal: true

require "minitest/autorun"
require "showcase_memtrim/experiment"
require_relative "../support/app_copy"
require_relative "../support/planted_gems"

# What makes a gem unsafe to defer, each by a gem that does just that; and that what does nothing unasked is safe.
class DeferralTest < Minitest::Test
  Experiment = ShowcaseMemtrim::Experiment

  PLAIN = {
    "lazy" => "module Lazy; end\n",
    "leaver" => "module Leaver; end\n\nat_exit { }\n",
    "spinner" => "module Spinner\n  THREAD = Thread.new { sleep }\nend\n",
    "forker" => "module Forker\n  PID = fork { sleep }\nend\n",
    "runner" => "module Runner; end\n`true`\nProcess.wait(spawn('true'))\n",
    "catcher" => "module Catcher; end\ntrap('USR2') {}\n",
    "patcher" => "module Patcher; end\nclass String\n  def planted; end\nend\n",
    "overrider" => "module Overrider; end\nclass Array\n  def first(*) = super\nend\n",
    "mixer" => "module Mixer; end\n\nHash.include(Mixer)\n",
    "setter" => "module Setter; end\nENV['PLANTED'] = '1'\n",
    "nameless" => "$nameless = 1\n",
    "wanted" => "module Wanted; end\n",
    "wanter" => "require 'wanted'\nmodule Wanter; end\n",
    "opened" => "module Opened; end\n",
    "opener" => "module Opened\n  module Opener; end\nend\nclass String\n  def opener; end\nend\n",
    "used" => "module Used; end\n",
    "fickle" => "Fickle = 1 if caller.any? { |line| line.include?('bundler/runtime') }\n",
    "double" => {"lib/double.rb" => "module Double; end\n", "lib/double_more.rb" => "module DoubleMore; end\n"}
  }.freeze

  def test_what_a_gem_does_unasked
    PlantedGems.in_an_app(PLAIN, environment: "#{PlantedGems::PLAIN}\nUsed.name\n", options: {"double" => ", require: ['double', 'double_more']"}) do |app|
      found = deferrals(app)
      {
        "leaver" => "has a handler for the program's end (gems/leaver/lib/leaver.rb:3)",
        "spinner" => "starts a thread (gems/spinner/lib/spinner.rb:2)",
        "forker" => "starts a process (gems/forker/lib/forker.rb:2)",
        "catcher" => "handles the signal USR2 (gems/catcher/lib/catcher.rb:2)",
        "patcher" => "adds the method String#planted (gems/patcher/lib/patcher.rb:3)",
        "overrider" => "adds the method Array#first (gems/overrider/lib/overrider.rb:3)",
        "mixer" => "mixes Mixer into Hash (gems/mixer/lib/mixer.rb:3)",
        "setter" => "sets the environment variable PLANTED (gems/setter/lib/setter.rb:2)",
        "nameless" => "brings no constant of its own that could load it (gems/nameless/lib/nameless.rb)",
        "fickle" => "its constants do not load it: NameError: uninitialized constant Fickle (gems/fickle/lib/fickle.rb)",
        "opened" => "somebody else opens Opened, too, at boot (gems/opener/lib/opener.rb:1)",
        "used" => "Used is used at boot (config/environment.rb:4)"
      }.each { |gem, reason| assert_equal [reason], found.fetch(gem).reasons.map(&:to_s), gem }
      assert_equal %w[double lazy runner wanted wanter], found.values.select(&:safe?).map(&:gem).sort
      assert_equal %w[double lazy mixer patcher runner wanted wanter], found.values.select(&:harmless?).map(&:gem).sort
      assert_equal %w[String#planted], found["patcher"].reasons.first.names
      assert_equal %w[Double DoubleMore], found["double"].constants
    end
  end

  # Alone it would be loaded by the other.
  def test_a_gem_that_another_requires
    PlantedGems.in_an_app(PLAIN.slice("wanted", "wanter")) do |app|
      assert_equal ["it is required at boot (gems/wanter/lib/wanter.rb:1)"], deferrals(app, %w[wanted])["wanted"].reasons.map(&:to_s)
      assert_empty deferrals(app).reject { |_, deferral| deferral.safe? }
    end
  end

  # In no line of the Gemfile's, and the app would miss it.
  def test_a_gem_that_another_brings_and_the_app_uses
    spec = "Gem::Specification.new { |spec| spec.name = 'carrier'; spec.version = '1'; spec.authors = ['x']; spec.summary = 'x'; spec.add_dependency 'cargo' }\n"
    gems = {"carrier" => {"lib/carrier.rb" => "require 'cargo'\nrequire 'cargo/more'\nmodule Carrier; end\n", "carrier.gemspec" => spec}, "cargo" => {"lib/cargo.rb" => "module Cargo; end\n", "lib/cargo/more.rb" => "module More; end\n"}}
    PlantedGems.in_an_app(gems, options: {"cargo" => ", require: false"}, files: {"lib/report.rb" => "def report = Cargo.name\n"}) do |app|
      carrier = deferrals(app).fetch("carrier")
      assert_equal [%w[Cargo Carrier], []], [carrier.constants, carrier.reasons.map(&:to_s)]
    end
  end

  def test_what_it_does_to_rails
    gems = {
      "typist" => "module Typist; end\n\nMime::Type.register 'text/planted', :planted\n",
      "handler" => "module Handler\n  def self.call(*) = ''\nend\nActionView::Template.register_template_handler :planted, Handler\n",
      "renderer" => "module Renderer; end\nActionController::Renderers.add(:planted) { |*| }\n",
      "hooker" => "module Hooker; end\nActiveSupport.on_load(:action_controller) { }\n",
      "listener" => "module Listener; end\nActiveSupport::Notifications.subscribe('planted') { |*| }\n",
      "engine" => "module PlantedEngine\n  class Railtie < Rails::Railtie\n    config.app_middleware.use Rack::Runtime\n    rake_tasks { task(:planted) { } }\n  end\nend\n",
      "stack" => "class Stack\n  def initialize(app) = @app = app\n  def call(env) = @app.call(env)\nend\nclass Stack::Railtie < Rails::Railtie\n  config.app_middleware.use Stack\nend\n",
      "bender" => "module Bender; end\nActiveSupport::Inflector.inflections { |inflect| inflect.irregular 'planted', 'plantedae' }\n",
      "nested" => "module Nested; end\nclass ActionController::PlantedResponder; end\n",
      "namesake" => "module Namesake; end\n",
      "executor" => "module PlantedExecutor; end\nActiveSupport::Executor.to_run { }\n",
      "appended" => {"lib/appended.rb" => "module Appended; end\nI18n.load_path << File.expand_path('appended.yml', __dir__)\n", "lib/appended.yml" => "en:\n  appended: x\n"},
      "assigned" => {"lib/assigned.rb" => "module Assigned; end\nI18n.load_path += [File.expand_path('assigned.yml', __dir__)]\n", "lib/assigned.yml" => "en:\n  assigned: x\n"}
    }
    environment = "#{PlantedGems::RAILS}I18n.eager_load!\n"
    PlantedGems.in_an_app(gems, environment: environment, others: ["gem 'actionpack'", "gem 'railties'", "gem 'rake'"], files: {"Rakefile" => "require_relative 'config/environment'\nRails.application.load_tasks\n", "app/models/namesake.rb" => "class Namesake; end\n"}) do |app|
      found = deferrals(app, gems.keys)
      {
        "typist" => "registers the MIME type planted (gems/typist/lib/typist.rb:3)",
        "handler" => "renders templates of the kind planted (gems/handler/lib/handler.rb:4)",
        "renderer" => "adds the renderer planted (gems/renderer/lib/renderer.rb:2)",
        "hooker" => "waits for the load hook action_controller (gems/hooker/lib/hooker.rb:2)",
        "listener" => "subscribes to planted (gems/listener/lib/listener.rb:2)",
        "bender" => %r{adds the inflection .* \(gems/bender/lib/bender\.rb:2\)},
        "nested" => "defines ActionController::PlantedResponder, of Rails' own (gems/nested/lib/nested.rb:2)",
        "namesake" => "the app has a file of that name (app/models/namesake.rb:1)",
        "executor" => "runs code around every request or job: run (gems/executor/lib/executor.rb:2)",
        "engine" => ["defines the railtie PlantedEngine::Railtie (gems/engine/lib/engine.rb:2)", "defines the Rake task planted (gems/engine/lib/engine.rb:4)"],
        "stack" => ["defines the railtie Stack::Railtie (gems/stack/lib/stack.rb:5)", "brings the middleware Stack (gems/stack/lib/stack.rb:6)"],
        "appended" => %r{adds translations at boot: .*appended\.yml \(gems/appended/lib/appended\.yml\)}
      }.each { |gem, reasons| Array(reasons).each { |reason| assert(found.fetch(gem).reasons.any? { |each| reason === each.to_s }, "#{gem}: #{found[gem].reasons.join("\n")}") } }
      assert_empty found["assigned"].reasons.map(&:to_s)
    end
  end

  # Boot and tests know nothing of it.
  def test_what_only_a_task_wants
    gems = {"presser" => "module Presser; end\n$presser = Presser\n", "squeezer" => "module Squeezer; end\n$compressors = {squeeze: Squeezer}\n"}
    rakefile = <<~RUBY
      require_relative "config/environment"
      task "assets:precompile" do
        mkdir_p "public/assets"
        $compressors[:squeeze].name
        File.write("public/assets/application.css", $presser ? "pressed" : "plain")
      end
    RUBY
    PlantedGems.in_an_app(gems, others: ["gem 'rake'"], files: {"Rakefile" => rakefile, "public/assets/old.css" => "old"}) do |app|
      found = deferrals(app, gems.keys)
      assert_match(/\Aassets:precompile fails without it: .*NoMethodError.*\z/, found["squeezer"].why)
      assert_match(%r{\Aassets:precompile makes another public/assets/application\.css \(gems/presser/lib/presser\.rb\)\z}, found["presser"].why)
      assert_equal ["old.css"], Dir.children(File.join(app, "public/assets"))
    end
  end

  # Their own reasons, as the gems' sources have them.
  {
    "tenant" => {
      "combine_pdf" => nil, "rubyzip" => nil, "aws-sdk-s3" => nil, "icalendar" => nil,
      "turbo-rails" => /railtie Turbo::Engine .*MIME type turbo_stream .*renderer turbo_stream .*Turbo::Broadcastable into ActiveRecord::Base /m,
      "sentry-rails" => /railtie Sentry::Engine .*middleware Sentry::Rails::CaptureExceptions /m,
      "jbuilder" => %r{templates of the kind jbuilder \(jbuilder-[\d.]+/lib/jbuilder/railtie\.rb:\d+\)},
      "sqlite3" => %r{it is required at boot \(activerecord-[\d.]+/lib/active_record/connection_adapters/sqlite3_adapter\.rb:\d+\)}
    },
    "api" => {
      "jwt" => nil, "httparty" => nil, "faraday" => nil, "money" => nil,
      "pagy" => %r{it is required at boot \(config/initializers/pagy\.rb:3\)},
      "rack-attack" => %r{railtie Rack::Attack::Railtie .*middleware Rack::Attack .*does not boot: NameError: uninitialized constant Rack::Attack \(config/initializers/rack_attack\.rb:4\)}m,
      "oj" => /method String#to_json_raw/,
      "grape" => %r{Grape is used at boot \(app/api/partner/root\.rb:5\)},
      "email_validator" => %r{used at boot \(app/models/account\.rb:\d+\)}
    }
  }.each do |name, expected|
    define_method(:"test_the_gems_of_#{name}") do
      found = deferrals(AppCopy.prepare(name), expected.keys)
      expected.each do |gem, reasons|
        said = found.fetch(gem).reasons.join("\n")
        reasons ? assert_match(reasons, said, gem) : assert_empty(said, gem)
      end
    end
  end

  private

  def deferrals(app, gems = nil)
    Experiment::Workspace.open(app: app) do |workspace|
      candidates = Experiment::Candidates.of(workspace, env: "production")
      runner = Experiment::Runner.new(workspace, ShowcaseMemtrim::Trials.new("{}"), timeout: candidates.patience, env: "production")
      found = Experiment::Deferrals.new(workspace, candidates) do |sets|
        runner.try(sets.map { |names| Experiment::Variant.new(name: names.join(" + "), kind: "set", leave_out: candidates.gems.slice(*names)) }, details: [:shape])
      end
      found.of(gems || candidates.gems.keys)
    end
  end
end
