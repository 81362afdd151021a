# frozen_string_literal: true

require "minitest/autorun"
require_relative "../support/doctored_app"

# What the doctor knows of an app without running it, and what it does not know.
class DoctorFactsTest < Minitest::Test
  include DoctoredApp

  ENVIRONMENT = {"FIVE" => "5", "EMPTY" => "", "NAME" => "shop", "HIDDEN" => :unknown}.freeze

  # standard:disable Lint/InterpolationCheck
  KNOWN = {
    "5" => 5, ":info" => :info, "nil" => nil, "[:a, 'b', 1.5]" => [:a, "b", 1.5], "{mem_size: 64}" => {mem_size: 64}, "(true)" => true,
    'ENV["FIVE"]' => "5", 'ENV["NONE"]' => nil, 'ENV.fetch("FIVE", 3)' => "5", 'ENV.fetch("NONE", 3)' => 3, 'ENV.fetch("NONE") { 1 + 2 }' => 3, 'ENV.key?("FIVE")' => true,
    'ENV["NONE"] || ENV["FIVE"] || 3' => "5", 'Integer(ENV.fetch("FIVE", "3"))' => 5, 'ENV["FIVE"].to_i * 2' => 10, 'ENV["NONE"].to_i' => 0, 'ENV["EMPTY"].presence || 4' => 4,
    'ENV["EMPTY"].present?' => false, 'ENV["FIVE"] == "5" ? 1 : 2' => 1, 'if ENV["NONE"] then 1 else 2 end' => 2, 'ENV["FIVE"] && :yes' => :yes, '!ENV["FIVE"]' => false,
    "Rails.env.production?" => true, "Rails.env.local?" => false, 'Rails.env == "production"' => true, "Rails.env" => "production", "ENV['NONE']&.to_i" => nil,
    '"#{Rails::VERSION::MAJOR}.#{Rails::VERSION::MINOR}".to_f' => 7.2, 'Rails::VERSION::STRING < "7.1"' => false, "defined?(RubyVM::YJIT.enable)" => true,
    'ENV["RAILS_ENV"]' => "production", '%w[a b].include?("a")' => true, '"debug".to_sym' => :debug
  }.freeze
  # standard:enable Lint/InterpolationCheck

  KNOWN.each do |source, expected|
    define_method("test_known: #{source}") do
      value = evaluated(source)
      assert_predicate value, :known?
      expected.nil? ? assert_nil(value.value) : assert_equal(expected, value.value)
    end
  end

  UNKNOWN = [
    'ENV.fetch("NONE")', 'ENV["HIDDEN"]', 'ENV.fetch("HIDDEN", 3)', 'ENV["HIDDEN"] || 3', "Etc.nprocessors", "Integer('many')", "threads", "`nproc`.to_i", "->(request) { 1 }", "[1, rand]", "1 / 0",
    'File.exist?("x") ? 1 : 2', "Rails.application.credentials.threads", "ENV.to_h", "defined?(Sidekiq)", '"a" * 100_000_000', "ENV[:FIVE.to_s].eval", 'system("true")', "5.send(:exit)", "@count", "COUNT"
  ].freeze

  UNKNOWN.each do |source|
    define_method("test_unknown: #{source}") { refute_predicate evaluated(source), :known? }
  end

  def test_what_a_value_depends_on
    value = evaluated('Integer(ENV.fetch("FIVE", 3)) + ENV["NONE"].to_i')
    assert_equal({"FIVE" => "5", "NONE" => nil}, value.variables)
  end

  def test_settings_in_the_order_of_rails
    changes = {
      "config/environments/production.rb" => "require_relative \"common\"\nRails.application.configure do\n  config.b = 2\n  config.mailer.from = \"shop\"\nend\n",
      "config/environments/common.rb" => "Rails.application.configure do\n  config.a = 1\n  config.b = 1\nend\n",
      "config/initializers/z.rb" => "Rails.application.config.c = 3\n", "config/initializers/a/b.rb" => "Rails.configuration.c = 2\nreturn unless Rails.env.development?\nRails.configuration.c = 9\n",
      "config/initializers/d.rb" => "Rails.application.config.d = 1 if Shop.open?\nRails.application.config.e += [1]\nFoo.setup { |config| config.f = 1 }\ndef g\n  Rails.application.config.g = 1\nend\n"
    }
    with_doctored_app(changes) do |app|
      settings = facts(app).settings
      assert_equal [1, 2, "shop", 3], %w[a b mailer.from c].map { |name| settings.last(name).value.value }
      assert_equal ["config/environments/production.rb", 3], [settings.last("b").file, settings.last("b").line]
      assert_equal ["config/initializers/z.rb", 1], [settings.last("c").file, settings.last("c").line]
      %w[d e].each { |name| refute_predicate settings.last(name).value, :known?, name }
      %w[f g].each { |name| assert_nil settings.last(name), name }
    end
  end

  def test_railties_in_a_loop
    source = "require \"rails\"\n%w[\n  active_record/railtie\n  action_mailer/railtie\n].each do |railtie|\n  require railtie\nend\n"
    with_doctored_app("config/application.rb" => source) do |app|
      assert_equal [["rails", 1], ["active_record/railtie", 3], ["action_mailer/railtie", 4]], facts(app).settings.requires.map { |required| [required.name, required.line] }
    end
  end

  PUMA = {
    "threads 1, 4\n" => [4, 0, false], "threads 4\nworkers ENV.fetch('WEB_CONCURRENCY', 2)\n" => [4, 2, true], "workers 2\npreload_app! false\n" => [5, 2, false],
    "workers :auto\n" => [5, nil, nil], "workers 3\nprune_bundler\n" => [5, 3, nil], "max = Integer(ENV['NONE'] || 2)\nthreads max, max\n" => [2, 0, false],
    "if ENV['RAILS_ENV'] == 'production'\n  threads 2, 2\nelse\n  threads 9, 9\nend\n" => [2, 0, false], "count = 2\ncount += 1\nthreads count, count\n" => [nil, 0, false],
    "threads 2, 2\nreturn if File.exist?('small')\nthreads 9, 9\n" => [nil, 0, false], "threads 2, 2\nreturn\nthreads 9, 9\n" => [2, 0, false],
    "on_worker_boot { threads 9, 9 }\n" => [5, 0, false], "threads(*counts)\n" => [nil, 0, false]
  }.freeze

  def test_puma
    PUMA.each do |source, expected|
      with_doctored_app("config/puma.rb" => source) do |app|
        puma = facts(app).puma
        assert_equal expected.inspect, [puma.threads.number, puma.workers.number, puma.preload?].inspect, source
      end
    end
  end

  # Its command counts most, then its file, then what Puma itself reads.
  def test_puma_by_its_command
    with_doctored_app("Procfile" => "web: WEB_CONCURRENCY=2 MAX_THREADS=7 bundle exec puma -t 1:4 -C config/other.rb --preload\n", "config/other.rb" => "threads 9, 9\n") do |app|
      puma = facts(app).puma
      assert_equal ["config/other.rb", 4, 9, 2, true], [puma.file, puma.threads.number, puma.threads_of_file.number, puma.workers.number, puma.preload?]
    end
    with_doctored_app("config/puma.rb" => "port 3000\n", "Procfile" => "web: MAX_THREADS=7 bundle exec puma\n") { |app| assert_equal 7, facts(app).puma.threads.number }
    with_doctored_app("config/puma/production.rb" => "threads 2, 2\n") { |app| assert_equal ["config/puma/production.rb", 2], [facts(app).puma.file, facts(app).puma.threads.number] }
  end

  def test_groups_of_a_gemfile
    gemfile = "gem \"a\"\ngroup :test do\n  gem \"b\", group: :ci\nend\ngem \"c\", groups: [:test], require: false\ngem \"d\", platforms: :jruby\nplatforms(:mri) { gem \"e\" }\ngem \"f\", require: []\n"
    with_doctored_app("Gemfile" => gemfile) do |app|
      entries = facts(app).gemfile.entries.map { |entry| [entry.name, entry.groups, entry.required, entry.line, entry.certain] }
      expected = [["a", ["default"], true, 1, true], ["b", %w[test ci], true, 3, true], ["c", ["test"], false, 5, true], ["d", ["default"], true, 6, false], ["e", ["default"], true, 7, false], ["f", ["default"], false, 8, true]]
      assert_equal expected, entries
    end
  end

  def test_versions
    with_doctored_app { |app| assert_equal [Gem::Version.new("7.2.2"), Gem::Version.new("3.3.5")], [facts(app).rails_version, facts(app).ruby_version] }
    with_doctored_app("Gemfile.lock" => "GEM\n  specs:\n", ".ruby-version" => "ruby-3.4.1\n") { |app| assert_equal [nil, Gem::Version.new("3.4.1")], [facts(app).rails_version, facts(app).ruby_version] }
    with_doctored_app("Gemfile.lock" => nil) { |app| assert_equal Gem::Version.new(RUBY_VERSION), facts(app).ruby_version }
  end

  private

  def facts(app)
    ShowcaseMemtrim::Doctor::App.new(app, env: "production")
  end

  def evaluated(source)
    environment = ->(name) { (name == "RAILS_ENV") ? "production" : ENVIRONMENT[name] }
    evaluation = ShowcaseMemtrim::Doctor::Evaluation.new(environment, env: "production", rails: Gem::Version.new("7.2.4"), ruby: Gem::Version.new("3.3.5"))
    evaluation.of(Prism.parse(source).value.statements)
  end
end
