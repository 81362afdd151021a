# frozen_string_literal: true

require "minitest/autorun"
require_relative "support/recordings"

# What a recording of a real app must be: complete, the same every time, and adding up.
class RecordingTest < Minitest::Test
  # bench/repeat holds it to 0.03 MB; here a machine busy with other tests may move one table of the VM more.
  HELD_TOLERANCE = 0.1 * 1024 * 1024
  RETAINED_TOLERANCE = 0.001
  RESIDUAL_SHARE = 0.03
  OWNED_SHARE = 0.9
  # Of the reconciliation: what is neither held by anybody nor explained.
  UNHELD_ROWS = ["free heap slots", "transient heap", "free malloc space", "pages of libraries", "main stack", "thread stacks", "recorder", "residual"].freeze

  LEGS = {
    ["tenant", "eager load, bootsnap"] => {},
    ["tenant", "no eager load, bootsnap"] => {"EAGER_LOAD" => "0"},
    ["tenant", "eager load, no bootsnap"] => {"NO_BOOTSNAP" => "1"},
    ["api", "no eager load"] => {},
    ["api", "eager load"] => {"EAGER_LOAD" => "1"}
  }.freeze

  def self.every_leg(name, &block)
    AppCopy.rails_versions.product(LEGS.to_a).each do |rails, ((app, leg), env)|
      define_method(:"test_#{name}: #{app}, Rails #{rails}, #{leg}") do
        instance_exec(Recordings.of(app, rails: rails, env: env), app, rails, env, &block)
      end
    end
  end

  def self.every_app(name, &block)
    AppCopy.apps.each { |app| define_method(:"test_#{name}: #{app}") { instance_exec(app, &block) } }
  end

  every_leg("no compiled file is missed") do |recorded|
    assert_empty recorded.report["witness"]["missed_files"]
    assert_operator recorded.report["witness"]["compiled_files"], :>, 500
  end

  every_leg("it is whole, and quiet") do |recorded|
    assert recorded.report["whole"]
    assert_nil recorded.report["error"]
    assert_empty recorded.report["warnings"]
    assert_equal 1, recorded.result.notes.size, recorded.result.err
    assert_empty recorded.result.out
  end

  every_leg("the rows add up to anon") do |recorded|
    report = recorded.report
    assert_equal report["totals"]["anon_bytes"], report["rows"].sum { |row| row["bytes"] }
    assert_equal report["totals"]["residual_bytes"], report["rows"].find { |row| row["name"] == "residual" }["bytes"]
    assert_equal report["totals"]["held_bytes"], report["owners"].sum { |owner| owner["bytes"] }
  end

  every_leg("next to nothing is unexplained") do |recorded|
    totals = recorded.report["totals"]
    assert_operator totals["residual_bytes"].abs, :<=, RESIDUAL_SHARE * totals["anon_bytes"]
  end

  every_leg("nearly everything has an owner") do |recorded|
    owners = recorded.report["owners"].to_h { |owner| owner.values_at("name", "bytes") }
    held = recorded.report["rows"].reject { |row| UNHELD_ROWS.include?(row["name"]) }.sum { |row| row["bytes"] }
    assert_operator owners.values.sum - owners.fetch("no owner"), :>=, OWNED_SHARE * held
  end

  every_leg("the environment is the one that was asked for") do |recorded, app, rails, env|
    environment = recorded.report["environment"]
    assert_equal RUBY_VERSION, environment["ruby"]
    assert_match(/\A#{Regexp.escape(rails)}\./, environment["rails"])
    assert_equal "production", environment["rails_env"]
    assert_equal env.fetch("EAGER_LOAD") { (app == "tenant") ? "1" : "0" } == "1", environment["eager_load"]
    assert_equal app == "tenant" && !env.key?("NO_BOOTSNAP"), environment["bootsnap"]
    assert_equal RUBY_PLATFORM, environment["platform"]
    assert_equal "glibc", environment["allocator"] if RUBY_PLATFORM.end_with?("gnu")
  end

  every_leg("phases have DESIGN's names and order") do |recorded, app, _, env|
    phases = recorded.report["phases"].to_h { |phase| [phase["name"], phase] }
    assert_equal %w[ruby bundler frameworks gems application initializers eager_load after_initialize], phases.keys
    expected = phases.keys - ["eager_load"]
    expected << "eager_load" if recorded.report["environment"]["eager_load"]
    expected.each { |name| assert_operator phases[name]["held_bytes"], :>, 0, name }
    assert_operator phases.values.sum { |phase| phase["seconds"] }, :<=, recorded.report["seconds"] + 0.01
    assert_operator phases["eager_load"]["held_bytes"], :<, 100_000 unless recorded.report["environment"]["eager_load"]
  end

  every_app("held bytes are the same in two recordings") do |app|
    one, other = [1, 2].map { |number| Recordings.of(app, number: number).report }
    assert_in_delta one["totals"]["held_bytes"], other["totals"]["held_bytes"], HELD_TOLERANCE
    assert_same_entries one["gems"], other["gems"]
    assert_same_entries one["railties"], other["railties"]
  end

  every_app("retained bytes are the same in two light recordings") do |app|
    one, other = [1, 2].map { |number| Recordings.of(app, number: number, options: ["--light"]).report }
    others = by_name(other["gems"])
    large = one["gems"].select { |gem| gem["self_bytes"] > 0.5 * 1024 * 1024 }
    assert_operator large.size, :>=, 5
    apart = large.reject { |gem| (gem["self_bytes"] - others.fetch(gem["name"])["self_bytes"]).abs <= RETAINED_TOLERANCE * gem["self_bytes"] }
    assert_empty(apart.map { |gem| [gem["name"], gem["self_bytes"], others[gem["name"]]["self_bytes"]] })
  end

  every_app("a light recording says so") do |app|
    report = Recordings.of(app, options: ["--light"]).report
    assert_equal "retained", report["weight"]
    assert_equal 0, report["totals"]["held_bytes"]
    assert_operator report["totals"]["retained_bytes"], :>, 10_000_000
    assert_operator report["totals"]["recorder_bytes"], :<=, 2.5 * 1024 * 1024
    assert_equal 1, report["warnings"].grep(/light recording/).size
    assert_empty report["witness"]["missed_files"]
  end

  every_app("the same recording gives the same report") do |app|
    file = Recordings.of(app).file
    [%w[report], %w[report --format json], %w[explain activerecord], %w[explain active_record/railtie --format json]].each do |command|
      outputs = Array.new(2) { Memtrim.run(*command, "--recording", file).out }
      assert_operator outputs.first.size, :>, 200
      assert_equal(*outputs)
    end
  end

  every_app("the report fits its terminal, without colour") do |app|
    text = Memtrim.run("report", "--recording", Recordings.of(app).file).out
    assert_empty(text.lines(chomp: true).select { |line| line.size > 100 })
    refute_match(/\e/, text)
  end

  every_app("the JSON has every key of the contract") do |app|
    report = Recordings.of(app).report
    assert_keys %w[schema environment totals rows phases railties gems warnings], report
    assert_keys %w[ruby rails bundler platform allocator rails_env eager_load bootsnap yjit], report["environment"]
    assert_keys %w[rss_bytes pss_bytes private_bytes anon_bytes held_bytes retained_bytes residual_bytes recorder_bytes], report["totals"]
    assert_all_keys %w[name bytes], report["rows"]
    assert_all_keys %w[name anon_bytes rss_bytes held_bytes retained_bytes seconds], report["phases"]
    assert_all_keys %w[name state self_bytes total_bytes removable_bytes also_required_by phases], report["railties"]
    assert_all_keys %w[name version in_gemfile self_bytes total_bytes removable_bytes file_bytes also_required_by seconds features], report["gems"]
  end

  def test_railties_of_the_tenant_app_are_all_loaded
    railties = by_name(Recordings.of("tenant").report["railties"])
    names = %w[
      active_record/railtie active_storage/engine action_controller/railtie action_view/railtie action_mailer/railtie
      active_job/railtie action_cable/engine action_mailbox/engine action_text/engine rails/test_unit/railtie
    ]
    assert_equal names.sort, railties.keys.sort
    assert_equal ["loaded"], railties.values.map { |railtie| railtie["state"] }.uniq
    assert_equal 0, railties["active_storage/engine"]["removable_bytes"]
    assert_operator railties["action_mailer/railtie"]["removable_bytes"], :>, 500_000
  end

  def test_railties_of_the_api_app_are_those_it_lists
    railties = by_name(Recordings.of("api").report["railties"])
    loaded, absent = railties.values.partition { |railtie| railtie["state"] == "loaded" }
    assert_equal %w[action_controller/railtie action_mailer/railtie action_view/railtie active_job/railtie active_model/railtie active_record/railtie], loaded.map { |railtie| railtie["name"] }.sort
    assert_equal %w[action_cable/engine action_mailbox/engine action_text/engine active_storage/engine rails/test_unit/railtie], absent.map { |railtie| railtie["name"] }.sort
    assert_equal ["absent"], absent.map { |railtie| railtie["state"] }.uniq
    assert_equal [0], absent.flat_map { |railtie| railtie.values_at("self_bytes", "total_bytes", "removable_bytes") }.uniq
  end

  every_app("gems have the versions of the lock file") do |app|
    lock = Bundler::LockfileParser.new(File.read(File.join(AppCopy.prepare(app), "Gemfile.lock")))
    locked = lock.specs.to_h { |spec| [spec.name, spec.version.to_s] }
    Recordings.of(app).report["gems"].each do |gem|
      assert_equal locked.fetch(gem["name"], gem["version"]), gem["version"], gem["name"]
      assert_equal lock.dependencies.key?(gem["name"]), gem["in_gemfile"], gem["name"]
      assert_operator gem["self_bytes"], :<=, gem["total_bytes"] + 1, gem["name"] unless gem["total_bytes"].zero?
    end
  end

  def test_gems_of_the_tenant_app_are_there
    gems = by_name(Recordings.of("tenant").report["gems"])
    %w[geocoder combine_pdf fast_excel aws-sdk-s3 sentry-ruby sentry-rails rubyzip chronic icalendar].each do |name|
      assert_operator gems.fetch(name)["total_bytes"], :>, 10_000, name
      assert_operator gems[name]["features"], :>, 0, name
      assert gems[name]["in_gemfile"], name
    end
    assert_equal 0, gems["sentry-ruby"]["removable_bytes"], "sentry-rails keeps it in"
    assert_includes gems["sentry-ruby"]["also_required_by"].map { |requirer| requirer["name"] }, "sentry-rails"
    %w[fast_excel combine_pdf icalendar].each { |name| assert_operator gems[name]["removable_bytes"], :>, 500_000, name }
    assert_operator gems["turbo-rails"]["removable_bytes"], :>, 250_000, "what an engine has in app/ goes with it"
    %w[ffi nokogiri].each { |name| assert_operator gems.fetch(name)["file_bytes"], :>, 0, "#{name} has libraries" }
  end

  def test_gems_of_the_api_app_are_there
    gems = by_name(Recordings.of("api").report["gems"])
    %w[billing tariff grape sidekiq faraday jwt oj pagy].each { |name| assert_operator gems.fetch(name)["total_bytes"], :>, 1_000, name }
    assert_equal 0, gems.fetch("puma", {"self_bytes" => 0})["self_bytes"], "require: false"
  end

  {"tenant" => "/,/up", "api" => "/up,/no/such/page"}.each do |app, paths|
    define_method(:"test_requests are a phase of their own: #{app}") do
      recorded = Recordings.of(app, options: ["--requests", paths], env: prepared_database(app))
      phase = recorded.report["phases"].last
      assert_equal "first_request", phase["name"]
      assert_operator phase["held_bytes"], :>, 10_000
      assert_empty recorded.report["witness"]["missed_files"]
      warnings = recorded.report["warnings"]
      (app == "api") ? assert_equal(["GET /no/such/page answered 404"], warnings) : assert_empty(warnings)
    end
  end

  # Ruby's own warnings are the app's; none may name our files.
  every_app("recording gives no warnings") do |app|
    recorded = Recordings.of(app, number: 3, options: ["--light"], env: {"RUBYOPT" => "-w"})
    assert_empty recorded.result.err.lines.grep(/showcase_memtrim|memtrim_alloc/)
    assert_equal 1, recorded.result.notes.size
  end

  private

  def by_name(entries)
    entries.to_h { |entry| [entry["name"], entry] }
  end

  def assert_same_entries(ones, others)
    others = by_name(others)
    assert_equal ones.map { |entry| entry["name"] }.sort, others.keys.sort
    apart = ones.product(%w[self_bytes removable_bytes]).filter_map do |entry, key|
      other = others.fetch(entry["name"])
      [entry["name"], key, entry[key], other[key]] if (entry[key] - other[key]).abs > HELD_TOLERANCE
    end
    assert_empty apart
  end

  def assert_keys(keys, object)
    assert_empty keys - object.keys
  end

  def assert_all_keys(keys, objects)
    refute_empty objects
    objects.each { |object| assert_keys keys, object }
  end

  # A tenant's own database, with its tables.
  def prepared_database(app)
    return {} unless app == "tenant"
    env = {"RAILS_APP_DB" => "recorded"}
    result = Memtrim.run_command("bin/rails", "db:prepare", env: env.merge("RAILS_ENV" => "production", "SECRET_KEY_BASE_DUMMY" => "1"), chdir: AppCopy.prepare(app))
    raise result.err unless result.status.success?
    env
  end
end
