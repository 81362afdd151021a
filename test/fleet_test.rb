# frozen_string_literal: true

require_relative "support/cable/redis_server"
require_relative "support/memtrim_here"
require_relative "support/small_rails_app"
require "etc"
require "json"
require "minitest/autorun"
require "socket"
require "yaml"

# `memtrim fleet` and real processes.
class FleetTest < Minitest::Test
  LIMIT = 60 # seconds
  SECRETS = {
    "DATABASE_URL" => "postgres://me:Zq-hidden-1@db/x", "SECRET_KEY_BASE" => "Zq-hidden-2" * 6, "AWS_SECRET_ACCESS_KEY" => "Zq-hidden-3", "HARMLESS" => "Zq-hidden-4"
  }.freeze

  def setup
    @started = []
  end

  def teardown
    @started.each { |pid| Process.kill(:KILL, -pid) rescue Errno::ESRCH } # standard:disable Style/RescueModifier
    @started.each { |pid| Process.wait(pid) }
  end

  def test_no_secret_is_shown
    sleeping = ["sleep", "300"]
    start(*sleeping, argv0: "sleep --password=Zq-hidden-5 --token Zq-hidden-6 postgres://me:Zq-hidden-7@db/x")
    start(ruby, "-e", "sleep", "--", "--password", "Zq-hidden-8", env: SECRETS.merge("RAILS_APP_DB" => "jazz"))
    # What it is told is longer than its title, so its environment stays.
    start(ruby, "-e", "Process.setproctitle('app --api-key Zq-hidden-9 me:Zq-hidden-10@host'); sleep", "x" * 100, env: SECRETS.merge("RAILS_APP_DB" => "swing"))
    start(ruby, "-e", "sleep", env: SECRETS.merge("RAILS_APP_DB" => "postgres://me:Zq-hidden-11@db/boston"))
    names = ["jazz", "postgres://[…]@db/boston", "swing"]
    await { (tenants & names).sort == names && json["tenants"].any? { |one| one["name"] == "swing" && one["services"].any? { |service| service["name"] == "app" } } }
    %w[text json prometheus].each do |format|
      result = fleet("--tenant-variable", "RAILS_APP_DB", "--format", format)
      refute_includes result.out + result.err, "Zq-hidden", format
      refute_includes result.out + result.err, "HARMLESS"
      %w[jazz swing].each { |name| assert_includes result.out, name } unless format == "prometheus"
    end
    assert_empty names - tenants
    result = fleet("--format", "json")
    %w[jazz swing boston Zq-hidden].each { |name| refute_includes result.out, name }
  end

  def test_a_cluster_a_redis_and_their_starters
    redis = RedisServer.start
    port = TCPServer.open("127.0.0.1", 0) { |server| server.addr[1] }
    app = AppCopy.prepare("tenant")
    starter = File.join(Dir.mktmpdir("starter").tap { |directory| Minitest.after_run { FileUtils.rm_rf(directory) } }, "run.rb")
    File.write(starter, "BALLAST = Array.new(60_000) { |number| number.to_s * 10 }\nsystem(*ARGV)\n")
    command = "ruby #{starter} bundle exec puma -C - -w 2 -t 1:1 -b tcp://127.0.0.1:#{port} --tag shop; true"
    start("bash", "-c", command, env: {"RAILS_APP_DB" => "jazz", "RAILS_ENV" => "production", "SECRET_KEY_BASE" => "x" * 64}, chdir: app)
    found = nil
    await { (found = json("--environment-variable", "RAILS_ENV")["tenants"].find { |one| one["name"] == "jazz" }) && found["services"].any? { |one| one["workers"] == 2 } && answers?(port) }
    answer = exact = nil
    await do # until what a boot takes is given back
      answer = json("--environment-variable", "RAILS_ENV")
      found = answer["tenants"].find { |one| one["name"] == "jazz" }
      exact = found["services"].sum { |one| one["members"].sum { |member| pss(member["pid"]) } }
      (exact - found["pss_bytes"]).abs <= exact / 100
    end
    assert_equal 1, found["services"].size, found
    service = found["services"].first
    assert_equal ["rails", "puma", "shop", ":#{port}", 2], service.values_at("kind", "name", "app", "address", "workers")
    assert_equal %w[starter starter server worker worker], service["members"].map { |one| one["role"] }
    assert_equal %w[bash run.rb puma], service["members"].first(3).map { |one| one["name"] }
    assert_in_delta exact, service["pss_bytes"], exact / 100

    parent = answer["findings"].find { |one| one["rule"] == "waiting_parent" && one["pids"].include?(service["members"][1]["pid"]) }
    assert parent, answer["findings"]
    assert_operator parent["bytes"], :>, 4 << 20
    port_of_redis = redis.url[/:(\d+)/, 1]
    assert(answer["shared"].any? { |one| one.values_at("kind", "name", "address") == ["redis", "redis-server", ":#{port_of_redis}"] })
  ensure
    redis&.stop
  end

  # A library of a gem that config/memtrim.yml defers, mapped.
  def test_a_deferred_gem_that_is_loaded
    SmallRailsApp.with({"config/memtrim.yml" => "defer:\n  racc: [Racc]\n"}, with_us: false) do |app|
      pid = start("bundle", "exec", ruby, "-e", "require 'racc/cparse'; $stdout.puts :up; sleep", chdir: app)
      await { File.read("/proc/#{pid}/maps").include?("cparse") }
      answer = json
      finding = answer["findings"].find { |one| one["rule"] == "gem_in_use" && one["pids"].include?(pid) }
      assert finding, JSON.pretty_generate(answer.slice("findings", "shared"))
      assert_match(/\Aracc deferred, and loaded by now in /, finding["what"])
    end
  end

  def test_processes_of_another_user
    skip "only root can become nobody" unless Process.uid.zero?
    pid = start(ruby, "-e", "sleep", env: {"RAILS_APP_DB" => "jazz"})
    await { json["tenants"].any? { |one| one["name"] == "jazz" } }
    reader, writer = IO.pipe
    child = fork do
      nobody = Etc.getpwnam("nobody")
      Process::GID.change_privilege(nobody.gid)
      Process::UID.change_privilege(nobody.uid)
      writer.write(MemtrimHere.run("fleet", "--format", "json", "--tenant-variable", "RAILS_APP_DB").out)
      exit! 0
    end
    writer.close
    answer = JSON.parse(reader.read)
    Process.wait(child)
    assert_operator answer["unreadable"]["processes"], :>=, 1
    assert_operator answer["unreadable"]["rss_bytes"], :>, 10 << 20
    assert_empty answer["tenants"]
    refute_includes JSON.generate(answer), "\"pid\":#{pid},"
  end

  # The kernel has nothing of the environment any more, once Ruby has written a long title over it.
  def test_a_title_over_the_environment
    SmallRailsApp.with({"run.rb" => "Process.setproctitle(\"puma 6.4 (tcp://0.0.0.0:3999) [#{"shop" * 50}]\")\nsleep\n"}, with_us: false) do |app|
      pid = start(ruby, "run.rb", env: {"RAILS_APP_DB" => "jazz"}, chdir: app)
      await { File.read("/proc/#{pid}/cmdline").start_with?("puma") }
      notes = json["notes"].grep(/RAILS_APP_DB can't be read any more/)
      assert_equal 1, notes.size
      assert_match(/\Apid (\d+, )*#{pid}[,:]/, notes.first)
    end
  end

  private

  # In a process group of its own.
  def start(*command, env: {}, argv0: nil, **options)
    program = argv0 ? [[command.first, argv0], *command.drop(1)] : command
    pid = Process.spawn(Memtrim.environment(env), *program, unsetenv_others: true, pgroup: true, in: File::NULL, out: File::NULL, err: File::NULL, **options)
    @started << pid
    pid
  end

  def ruby
    RbConfig.ruby
  end

  def fleet(*arguments)
    MemtrimHere.run("fleet", *arguments).tap { |result| assert_includes [0, 1], result.status.exitstatus, result.err }
  end

  # Others may run on this machine.
  def tenants
    json["tenants"].map { |one| one["name"] }
  end

  def json(*arguments)
    JSON.parse(fleet("--format", "json", "--tenant-variable", "RAILS_APP_DB", *arguments).out)
  end

  def answers?(port)
    TCPSocket.open("127.0.0.1", port) { true }
  rescue SystemCallError
    false
  end

  def pss(pid)
    File.read("/proc/#{pid}/smaps_rollup")[/^Pss: +(\d+)/, 1].to_i * 1024
  end

  def await
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + LIMIT
    until yield
      raise "not in #{LIMIT} s" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
      sleep 0.1
    end
  end
end
