# frozen_string_literal: true

require "minitest/autorun"
require "json"
require "socket"
require "uri"
require_relative "../support/memtrim_here"
require_relative "../support/app_copy"
require_relative "../support/cable/redis_server"

# `memtrim fleet` beside real processes: two tenants of the sample app, one a cluster with a job of its own, one started through
# a shell; a Redis; a script.
class TenantsTest < Minitest::Test
  VARIABLE = "RAILS_APP_DB"
  A, B = %w[a b].map { |name| "fleet-test-#{Process.pid}-#{name}" }
  LIMIT = 60 # seconds
  # Other processes that share a library come and go: so their shares of it change.
  SHARES = 0.03

  # What a Ruby starts is its own, but for what it starts through a shell.
  SHELL = ["sh", "-c", '"$@"; exit $?', "sh"].freeze

  class << self
    # Once for all tests.
    def processes
      return @processes if @processes
      raise "they did not start" if @started
      @started = []
      Minitest.after_run { stop }
      @processes = start
    end

    private

    def start
      app = AppCopy.prepare("tenant")
      @directory = Dir.mktmpdir("tenants")
      cluster = spawn_server(app, A, %W[bundle exec puma -w 2 -b #{address}], "cluster")
      wrapped = spawn_server(app, B, ["sh", "-c", "bundle exec puma -b #{address}; exit $?"], "wrapped")
      @redis = RedisServer.start
      found = {redis: @redis, job: script("nightly_job.rb", {VARIABLE => A}), script: script("stocktaking.rb", {}, starter: SHELL)}
      found.merge(cluster: [cluster, port("cluster", workers: 2)], wrapped: [wrapped, port("wrapped")])
    end

    def spawn_server(app, tenant, command, log)
      environment = Memtrim.environment(
        VARIABLE => tenant, "BUNDLE_GEMFILE" => File.join(app, "Gemfile"), "RAILS_ENV" => "production", "SECRET_KEY_BASE_DUMMY" => "1", "EAGER_LOAD" => "0"
      )
      launch(environment, *command, chdir: app, out: log(log), err: %i[child out])
    end

    def script(name, variables, starter: [])
      path = File.join(@directory, name)
      File.write(path, "BALLAST = 'x' * 5_000_000\nsleep\n")
      launch(Memtrim.environment(variables), *starter, RbConfig.ruby, path)
    end

    # Puma's title has the port as it was given.
    def address
      "tcp://127.0.0.1:#{TCPServer.open("127.0.0.1", 0) { |server| server.addr[1] }}"
    end

    # Of a group of its own, so that what a shell has started ends with it.
    def launch(environment, *command, **options)
      Memtrim.with_default_signals { Process.spawn(environment, *command, unsetenv_others: true, pgroup: true, in: File::NULL, **options) }.tap { |pid| @started << pid }
    end

    def port(name, workers: 0)
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + LIMIT
      loop do
        text = File.read(log(name))
        port = text[/Listening on http:\/\/127\.0\.0\.1:(\d+)/, 1]
        return port if port && text.include?("Ctrl-C") && text.scan(/Worker \d+ \(PID: \d+\) booted/).size == workers
        raise "no server:\n#{text}" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
        sleep 0.05
      end
    end

    def log(name)
      File.join(@directory, "#{name}.log")
    end

    def stop
      @started.each { |pid| Process.kill(:TERM, -pid) }
      @started.each { |pid| Process.wait(pid) }
      @redis&.stop
      FileUtils.rm_rf(@directory) if @directory
    end
  end

  def test_tenants_by_their_variable
    a, b = tenant(by_variable, A), tenant(by_variable, B)
    assert_equal [["rails", "puma", 2], ["ruby", "nightly_job.rb", 0]], a["services"].map { |one| one.values_at("kind", "name", "workers") }.sort
    assert_equal [["rails", "puma", 0]], b["services"].map { |one| one.values_at("kind", "name", "workers") }
    server = a["services"].find { |one| one["kind"] == "rails" }
    assert_equal ["tenant", ":#{processes[:cluster].last}", A], server.values_at("app", "address", "tenant")
    assert_equal processes[:cluster].first, server["pid"]
    assert_equal %w[server worker worker], server["members"].map { |one| one["role"] }
    assert_includes a["services"].map { |one| one["pid"] }, processes[:job]
  end

  def test_a_shell_that_started_a_server_is_with_it
    server = tenant(by_variable, B)["services"].first
    assert_equal [["starter", processes[:wrapped].first], ["server", server["pid"]]], server["members"].map { |one| one.values_at("role", "pid") }
    assert_equal "puma", server["name"]
  end

  def test_what_serves_all
    redis = by_variable["shared"].find { |one| one["address"] == ":#{URI(processes[:redis].url).port}" }
    assert_equal %w[redis redis-server], redis.values_at("kind", "name")
    assert_equal ["ruby", nil, nil], stocktaking(by_variable).values_at("kind", "app", "tenant")
  end

  # Servers go on changing after their start, so it is asked until nothing did in between.
  def test_sums_are_those_of_the_kernel
    services = differences = nil
    20.times do
      seen = fleet("--tenant-variable", VARIABLE)
      services = [A, B].flat_map { |name| tenant(seen, name)["services"] } + [stocktaking(seen)]
      differences = services.product(%w[pss_bytes rss_bytes]).to_h { |service, key| ["#{service["name"]} (#{service["pid"]}) #{key}", difference(service, key)] }
      break if differences.values.max < SHARES
    end
    differences.each { |name, share| assert_operator share, :<, SHARES, name }
    services.each do |service|
      %w[pss_bytes rss_bytes].each { |key| assert_equal service["members"].sum { |one| one[key] }, service[key] }
      assert_equal service["members"].size, service["processes"]
    end
  end

  def test_sums_add_up
    totals = by_variable["totals"]
    %w[pss_bytes anon_bytes rss_bytes processes].each do |key|
      assert_equal by_variable["tenants"].sum { |one| one[key] }, totals["tenants"][key]
      assert_equal by_variable["shared"].sum { |one| one[key] } + by_variable["others"].sum { |one| one[key] }, totals["baseline"][key]
      assert_equal totals["tenants"][key] + totals["baseline"][key], totals["all"][key]
    end
    everywhere = (by_variable["shared"] + by_variable["tenants"].flat_map { |one| one["services"] }).flat_map { |one| one["members"].map { |member| member["pid"] } }
    assert_equal everywhere.uniq, everywhere
  end

  def test_without_a_variable_servers_are_tenants_by_app_and_port
    fleet = fleet()
    {cluster: 3, wrapped: 2}.each do |name, count|
      found = tenant(fleet, "tenant :#{processes[name].last}")
      assert_equal [1, count], [found["services"].size, found["processes"]]
      assert_nil found["services"].first["tenant"]
    end
    assert_includes fleet["shared"].flat_map { |one| one["members"].map { |member| member["pid"] } }, processes[:job]
    refute_includes JSON.generate(fleet), A, "a variable that nobody has asked for"
  end

  def test_the_text
    text = MemtrimHere.run("fleet", "--tenant-variable", VARIABLE).out
    assert_match(/^#{A} +\d+\.\d +\d+\.\d/o, text)
    assert_match(/^  rails .* puma /, text)
    assert_match(/^  ruby .*nightly_job\.rb/, text)
    assert_match(/^#{B} .* puma /o, text)
    assert_match(/^redis /, text)
    assert_match(/RSS counts \d+\.\d MiB more than once/, text)
  end

  private

  def setup
    processes
  end

  def processes
    self.class.processes
  end

  def by_variable
    @@by_variable ||= fleet("--tenant-variable", VARIABLE)
  end

  def stocktaking(fleet)
    fleet["shared"].find { |one| one["name"] == "stocktaking.rb" }
  end

  # @return [Float] from what the kernel says now, as a share of it
  def difference(service, key)
    kernel = service["members"].sum { |one| File.read("/proc/#{one["pid"]}/smaps_rollup")[/^#{key.delete_suffix("_bytes").capitalize}:\s+(\d+)/, 1].to_i * 1024 }
    (service[key] - kernel).abs.fdiv(kernel)
  end

  def fleet(*arguments)
    result = MemtrimHere.run("fleet", *arguments, "--format", "json")
    assert_operator result.status.exitstatus, :<, 2, result.err
    JSON.parse(result.out)
  end

  def tenant(fleet, name)
    fleet["tenants"].find { |one| one["name"] == name } || flunk("no #{name} among #{fleet["tenants"].map { |one| one["name"] }}")
  end
end
