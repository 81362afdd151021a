# frozen_string_literal: true

require "minitest/autorun"
require "json"
require "yaml"
require "showcase_memtrim"
require "showcase_memtrim/fleet"
require_relative "../support/memtrim"
require_relative "../support/proc_directory"
require_relative "../support/promtool"

# What Prometheus is given, by its own checker; and that what is documented for it is there.
class PrometheusTest < Minitest::Test
  DOCS = File.expand_path("../../docs", __dir__)
  ALERTS = File.join(DOCS, "monitoring/alerts.yml")
  DASHBOARD = File.join(DOCS, "monitoring/dashboard.json")
  NAME = /\bmemtrim_\w+/
  HOSTILE = %(a"b\\c\nmemtrim_tenants 99\n# x\t\e[2J\u202e{d="e"} é)

  def test_the_machine_as_it_is
    result = Memtrim.run("fleet", "--format", "prometheus")
    assert_equal [0, ""], [result.status.exitstatus, result.other_err]
    assert_checked result.out
    figures = series(result.out)
    assert_in_delta Time.now.to_i, figures.fetch("memtrim_observation_timestamp_seconds"), 60
    total = File.read("/proc/meminfo")[/MemTotal:\s+(\d+)/, 1].to_i * 1024
    assert_equal total, figures.fetch("memtrim_machine_memory_bytes")
    assert_equal 1, figures.fetch(%(memtrim_build_info{version="#{ShowcaseMemtrim::VERSION}"}))
  end

  def test_a_machine_without_processes
    ProcDirectory.with do |proc|
      text = page(proc)
      assert_checked text
      assert_equal 0, series(text).fetch("memtrim_tenants")
      refute_match(/memtrim_(tenant_|more_tenants|limit)/, text)
    end
  end

  def test_names_with_quotes_backslashes_and_newlines
    ProcDirectory.with do |proc|
      proc.process(10, "puma 6.4 (tcp://0.0.0.0:3000) [#{HOSTILE}]", rails: true, environment: {"DB" => HOSTILE})
      proc.process(11, "sidekiq 7.2 #{HOSTILE} [0 of 5 busy]", environment: {"DB" => "#{HOSTILE}2"})
      proc.process(12, "ruby\0#{HOSTILE}.rb")
      proc.process(13, "redis-server #{HOSTILE}:6379", program: "redis-server")
      text = page(proc, tenant_variable: "DB")
      assert_checked text
      figures = series(text)
      assert_equal 2, figures.fetch("memtrim_tenants"), "not what a name says"
      assert_equal 2, figures.keys.grep(/\Amemtrim_tenant_anon_bytes/).size
      assert_empty text.each_char.select { |character| character != "\n" && character.match?(/[[:cntrl:]\u202e]/) }
    end
  end

  def test_figures_of_tenants_services_and_all
    text = full_page
    assert_checked text
    figures = series(text)
    {
      'memtrim_tenant_anon_bytes{tenant="one"}' => 2020, 'memtrim_tenant_pss_bytes{tenant="one"}' => 2400,
      'memtrim_tenant_rss_bytes{tenant="one"}' => 3000, 'memtrim_tenant_swap_bytes{tenant="one"}' => 20,
      'memtrim_tenant_own_bytes{tenant="one"}' => 2220,
      'memtrim_service_anon_bytes{kind="redis",name="redis-server",app="",address=":6379",tenant=""}' => 1010,
      'memtrim_fleet_pss_bytes{part="shared"}' => 2400, "memtrim_limit_bytes" => 1_000_000, "memtrim_limit_used_bytes" => 500_000
    }.each { |name, kilobytes| assert_equal kilobytes * 1024, figures.fetch(name), name }
    {
      'memtrim_tenant_age_seconds{tenant="one"}' => 2000, 'memtrim_tenant_processes{tenant="one"}' => 2, 'memtrim_tenant_threads{tenant="one"}' => 6,
      'memtrim_service_instances{kind="ruby",name="nightly.rb",app="",address="",tenant=""}' => nil,
      "memtrim_tenants" => 2, 'memtrim_findings{rule="outlier"}' => 0, 'memtrim_fleet_processes{part="others"}' => 1
    }.each { |name, value| value ? assert_equal(value, figures.fetch(name), name) : refute_includes(figures.keys, name) }
  end

  def test_services_with_the_same_labels_are_one_series
    ProcDirectory.with do |proc|
      [20, 21].each { |pid| proc.process(pid, "ruby\0nightly.rb", age: pid) }
      figures = series(page(proc))
      labels = '{kind="ruby",name="nightly.rb",app="",address="",tenant=""}'
      values = %w[instances processes age_seconds anon_bytes].map { |name| figures.fetch("memtrim_service_#{name}#{labels}") }
      assert_equal [2, 2, 21, 2 * 1010 * 1024], values
    end
  end

  def test_the_alert_rules_and_when_they_fire
    skip Promtool::MISSING unless Promtool.path
    text, status = Promtool.run("check", "rules", ALERTS)
    assert_equal 0, status, text
    assert_match(/SUCCESS: #{alerts.size} rules found/, text)
    text, status = Promtool.run("test", "rules", "alerts.yml", chdir: __dir__)
    assert_equal 0, status, text
  end

  def test_each_alert_has_a_test_in_which_it_fires
    fired = YAML.load_file(File.join(__dir__, "alerts.yml")).fetch("tests").flat_map { |one| one.fetch("alert_rule_test") }
    assert_equal alerts.map { |one| one.fetch("alert") }.sort, fired.select { |one| one["exp_alerts"] }.map { |one| one.fetch("alertname") }.uniq.sort
  end

  def test_the_dashboard_is_one
    dashboard = JSON.parse(File.read(DASHBOARD))
    panels = dashboard.fetch("panels")
    assert_equal panels.size, panels.map { |one| one.fetch("id") }.uniq.size
    shown = panels.reject { |one| one["type"] == "row" }
    sources = shown.flat_map { |one| [one["datasource"], *one["targets"].map { |target| target["datasource"] }] }
    assert_equal [{"type" => "prometheus", "uid" => "${datasource}"}], sources.uniq
    assert_includes dashboard.dig("templating", "list").map { |one| one.values_at("name", "type") }, %w[datasource datasource]
    squares = panels.flat_map do |panel|
      x, y, w, h = panel.fetch("gridPos").values_at("x", "y", "w", "h")
      [*x...x + w].product([*y...y + h])
    end
    assert_equal squares.size, squares.uniq.size, "panels lie upon each other"
    assert_operator squares.map(&:first).max, :<, 24
  end

  def test_the_dashboards_expressions_can_be_read
    skip Promtool::MISSING unless Promtool.path
    rules = expressions.map.with_index { |expression, index| {"record" => "x#{index}", "expr" => expression} }
    Dir.mktmpdir do |dir|
      File.write(File.join(dir, "rules.yml"), YAML.dump("groups" => [{"name" => "dashboard", "rules" => rules}]))
      text, status = Promtool.run("check", "rules", File.join(dir, "rules.yml"))
      assert_equal 0, status, text
    end
  end

  # A name that nobody exposes is a panel without data and an alert that never fires.
  def test_every_metric_that_is_used_is_exposed_with_the_labels_that_are_used
    exposed = names(full_page)
    written = expressions + alerts.map { |one| one.fetch("expr") }
    used = written.flat_map { |one| one.scan(NAME) }.uniq
    assert_operator used.size, :>, 15
    assert_empty used - exposed
    labels = written.flat_map { |one| one.scan(/(\w+)!?=~?"/) + one.scan(/(?:by|without) \((\w+)\)/) }.flatten.uniq
    assert_empty labels - full_page.scan(/(\w+)="/).flatten - %w[instance job]
  end

  def test_every_metric_is_explained
    text = File.read(File.join(DOCS, "monitoring.md"))
    explained = text.scan(/`(memtrim_[\w{},]+)`/).flatten.flat_map { |name| expand(name) }
    assert_empty names(full_page) - explained
    assert_empty explained - names(full_page)
  end

  private

  def alerts
    YAML.load_file(ALERTS).fetch("groups").flat_map { |group| group.fetch("rules") }
  end

  # All PromQL of the dashboard.
  def expressions
    dashboard = JSON.parse(File.read(DASHBOARD))
    targets = dashboard.fetch("panels").flat_map { |panel| panel.fetch("targets", []) }.map { |target| target.fetch("expr") }
    variables = dashboard.dig("templating", "list").filter_map { |variable| variable["definition"] }
    targets + variables.map { |definition| definition[/\Alabel_values\((.*), \w+\)\z/, 1] || flunk(definition) }
  end

  # a_{b,c}_d is a_b_d and a_c_d.
  def expand(name)
    before, choices, after = name.match(/\A(.*?)\{(.*?)\}(.*)\z/)&.captures
    choices ? choices.split(",").flat_map { |choice| expand("#{before}#{choice}#{after}") } : [name]
  end

  # With something of everything.
  def full_page
    ProcDirectory.with do |proc|
      proc.limit(1_000_000 << 10, used: 500_000 << 10)
      proc.process(10, "puma 6.4 (tcp://0.0.0.0:3000) [a]", rails: true, environment: {"DB" => "one"}, age: 2000)
      proc.process(11, "sidekiq 7.2 a [0 of 5 busy]", environment: {"DB" => "one"})
      proc.process(12, "puma 6.4 (tcp://0.0.0.0:3001) [a]", rails: true, environment: {"DB" => "two"})
      proc.process(13, "puma 6.4 (tcp://0.0.0.0:28080) [cable]")
      proc.process(14, "redis-server *:6379", program: "redis-server")
      proc.process(15, "sshd", program: "sshd")
      page(proc, tenant_variable: "DB")
    end
  end

  def page(proc, **reading)
    ShowcaseMemtrim::Fleet.observe(JSON.generate(proc: proc.path, root: proc.root, **reading), nil).render("prometheus", 80)
  end

  # @return [Hash{String => Numeric}] each once
  def series(text)
    lines = text.lines(chomp: true).grep_v(/\A#/)
    pairs = lines.map { |line| line.match(/\A(memtrim_\w+(?:\{.*\})?) (\S+)\z/)&.captures || flunk(line) }
    assert_equal pairs.size, pairs.map(&:first).uniq.size
    pairs.to_h { |name, value| [name, Float(value)] }
  end

  def names(text)
    series(text).keys.map { |name| name[/\A\w+/] }.uniq
  end

  # Without an error, and without a word on its style.
  def assert_checked(text)
    skip Promtool::MISSING unless Promtool.path
    assert_equal ["", 0], Promtool.run("check", "metrics", input: text)
  end
end
