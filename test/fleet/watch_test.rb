# frozen_string_literal: true

require "json"
require "minitest/autorun"
require "tmpdir"
require_relative "../support/memtrim"
require_relative "../support/fleet/watched"

# `memtrim fleet --watch`, as a user would run it.
class WatchTest < Minitest::Test
  include Watched

  def test_lines_for_people
    watch("--watch", "0.3") do |watch|
      watch.wait { watch.lines.size >= 3 }
      watch.lines.first(3).each { |line| assert_match(/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ .*baseline \d+\.\d (MiB )?PSS · \d+\.\d available/, line) }
      refute_match(/\e/, watch.out)
    end
  end

  def test_json_lines_for_logs
    watch("--watch", "0.3", "--format", "json") do |watch|
      watch.wait { watch.lines.size >= 3 }
      records = watch.records
      assert_equal [1], records.map { |record| record["schema"] }.uniq
      records.each do |record|
        assert_in_delta Time.now.to_i, record["time"], 60
        assert_operator record.dig("all", "anon_bytes"), :>, 10 << 20
        assert_operator record.dig("all", "rss_bytes"), :>=, record.dig("all", "pss_bytes")
        assert_equal [], record["events"]
      end
      refute_match(/\e/, watch.out)
    end
  end

  # A tenant that allocates 60 MB, holds them, and ends.
  def test_an_alert_fires_once_and_recovers_once
    told = File.join(@dir, "told")
    command = "{ printf '%s|' \"$MEMTRIM_STATE\" \"$MEMTRIM_SUBJECT\" \"$MEMTRIM_ALERT\" \"$MEMTRIM_VALUE\"; cat; } >> #{told}.$MEMTRIM_STATE; echo told; exit 3"
    watch("--watch", "0.2", "--format", "json", "--tenant-variable", VARIABLE, "--alert", "tenant.anon > 50MB", "--exec", command) do |watch|
      watch.wait { watch.lines.size >= 2 }
      tenant("boston") do |tenant|
        watch.wait { watch.records.any? { |record| record["tenants"].key?("boston") } }
        tenant.puts "60"
        watch.wait { watch.events.size == 1 }
        watch.wait_for_intervals(5)
        assert_equal 1, watch.events.size
      end
      watch.wait { watch.events.size == 2 }
      watch.wait_for_intervals(3)
      fired, recovered = watch.events
      assert_equal 2, watch.events.size
      assert_equal ["fired", "boston", "tenant.anon > 50MB", "bytes", nil], fired.values_at("state", "subject", "condition", "unit", "reason")
      assert_operator fired["value"], :>, 50_000_000, "it may be seen while it fills them"
      assert_equal ["recovered", "gone"], recovered.values_at("state", "reason")
      watch.wait { %w[fired recovered].all? { |state| File.exist?("#{told}.#{state}") && File.read("#{told}.#{state}").end_with?("}\n") } }
      *environment, json = File.read("#{told}.fired").split("|", 5)
      assert_equal ["fired", "boston", "tenant.anon > 50MB", fired["value"].to_i.to_s], environment
      assert_equal fired, JSON.parse(json)
      assert_equal "recovered|boston|tenant.anon > 50MB||", File.read("#{told}.recovered")[/\A.*?\|(?={)/]
      # Its failure is told once; its output is not among ours.
      watch.wait { watch.err.include?("failed: exit status: 3") }
      assert_equal 1, watch.err.scan("failed: exit status").size
      assert_includes watch.err, "told\n"
    end
  end

  def test_an_alert_recovers_when_memory_is_freed
    watch("--watch", "0.2", "--tenant-variable", VARIABLE, "--alert", "tenant.anon > 50MB") do |watch|
      tenant("boston") do |tenant|
        tenant.puts "60"
        watch.wait { watch.out.include?(" ALERT boston: anon ") }
        tenant.puts "0"
        watch.wait { watch.out.match?(/ recovered boston: anon [\d.]+ MiB, no longer > 50\.0 MiB$/) }
        assert_equal [1, 1], [watch.out.scan("ALERT").size, watch.out.scan("recovered").size]
        assert_match(/ 1 tenant [\d.]+ MiB anon, boston · /, watch.out)
      end
    end
  end

  def test_growth
    watch("--watch", "0.2", "--tenant-variable", VARIABLE, "--alert", "tenant.anon grew > 50 % in 2 s") do |watch|
      tenant("boston") do |tenant|
        watch.wait_for_intervals(8) { |line| line.include?("boston") }
        tenant.puts "60"
        watch.wait { watch.out.match?(/ ALERT boston: anon [\d.]+ MiB, [\d.]+ % more than [\d.]+ s ago/) }
        watch.wait { watch.out.match?(/ recovered boston: .* no longer > 50 % in 2\.0 s$/) }
      end
    end
  end

  {
    %w[--watch 60 --alert tenat.anon>5MB] => "--alert \"tenat.anon>5MB\": no subject \"tenat\"; did you mean tenant?",
    ["--watch", "60", "--alert", "tenant.anon > 5 parsecs"] => "\"5 parsecs\" is no size; write it as in \"150 MB\"",
    ["--watch", "60", "--alert", "tenant.anon grew > 5 % in 90 s"] => "growth takes at least two intervals, 120 s with --watch 60",
    %w[--watch 0] => "--watch 0.0: from 0.1 to 86400 seconds", %w[--watch soon] => "invalid argument: --watch soon",
    %w[--watch 60 --format prometheus] => "--watch writes text or json, not prometheus",
    %w[--watch 60 --output x] => "--watch writes to standard output", %w[--watch 60 --exec x] => "--exec is for alerts: name one",
    %w[--watch 60 --history-size 1MB] => "--history-size is the limit of --history FILE",
    %w[--watch 60 --history x --history-size 1k] => "--history-size 1k: must be at least 64 KB",
    %w[--watch 60 --history /no/such/directory/x] => "--history /no/such/directory/x: No such file or directory",
    %w[--alert x] => "--alert is for watching: --watch 60", %w[--history x] => "--history is for watching: --watch 60",
    %w[--watch 60 --proc /no/such] => "/no/such/meminfo: No such file or directory"
  }.each do |arguments, message|
    define_method(:"test_refused_#{arguments.join("_")}") do
      result = Memtrim.run("fleet", *arguments)
      assert_equal [2, ""], [result.status.exitstatus, result.out]
      assert_equal 1, result.err.lines.size, result.err
      assert_includes result.err, message
    end
  end

  {"INT" => 130, "TERM" => 143, "HUP" => 129}.each do |signal, status|
    define_method(:"test_#{signal}_ends_it") do
      watch("--watch", "30", "--format", "json") do |watch|
        watch.wait { watch.lines.size == 1 }
        assert_equal status, watch.stop(signal)
        assert_equal "", watch.err
      end
    end
  end

  def test_who_does_not_read_on_ends_it
    result = Memtrim.run_command("sh", "-c", "#{RbConfig.ruby} #{Memtrim::EXECUTABLE} fleet --watch 0.2 | head -1")
    assert_equal [1, ""], [result.out.lines.size, result.err]
  end

  def test_it_leaves_no_process_behind_and_waits_for_no_command
    mark = "MEMTRIM_TEST_#{Process.pid}_#{rand(1 << 30)}"
    watch("--watch", "0.2", "--alert", "fleet.anon > 1MB", "--exec", "sh -c 'sleep 77; : #{mark}'; :") do |watch|
      watch.wait { commands(mark).any? }
      watch.wait_for_intervals(3)
      watch.stop("TERM")
      assert_empty commands(mark).reject { |command| command.include?("memtrim fleet") }
    end
  end

  def test_it_is_small_and_no_tenant_itself
    watch("--watch", "0.2", "--format", "json", "--tenant-variable", VARIABLE, env: {VARIABLE => "boston"}) do |watch|
      watch.wait { watch.lines.size >= 3 }
      assert_empty watch.records.last["tenants"]
      rollup = File.read("/proc/#{watch.pid}/smaps_rollup")
      assert_operator rollup[/^Rss:\s+(\d+)/, 1].to_i, :<, 25 << 10, "kB; bench/fleet has the exact limit"
    end
  end

  private

  def commands(mark)
    Dir["/proc/[0-9]*/cmdline"].filter_map { |file| File.read(file).tr("\0", " ") rescue nil }.select { |command| command.include?(mark) } # standard:disable Style/RescueModifier
  end
end
