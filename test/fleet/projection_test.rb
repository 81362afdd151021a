# frozen_string_literal: true

require "minitest/autorun"
require "json"
require_relative "../support/memtrim_here"
require_relative "../support/planted_gems"
require_relative "../support/fleet/stand_ins"

# `memtrim fleet --tenants N`: what so many would use, with what is promised for each.
class ProjectionTest < Minitest::Test
  MB = 1_000_000
  VARIABLE = StandIns::VARIABLE
  BALLAST = "require 'bundler/setup'\nBALLAST = Array.new(%d) { 'x' * 1_000_000 }\n"
  DIRECTORY = Dir.mktmpdir("projections").tap { |dir| Minitest.after_run { FileUtils.rm_rf(dir) } }

  def test_as_they_are
    fleet, answer = with_tenants { [json("fleet", "--tenant-variable", VARIABLE), project("--tenants", "10")] }
    assert_equal [1, 10, 2], answer.values_at("schema", "tenants", "measured_tenants")
    assert_nil answer["with"]
    assert_nil answer["saving"]
    today = answer["today"]
    assert_equal today["total_bytes"], today.values_at("baseline_bytes", "shared_files_bytes").sum + 10 * today["per_tenant_bytes"]
    assert_in_delta fleet.dig("per_tenant", "own_bytes", "mean"), today["per_tenant_bytes"], 0.3 * MB
    assert_operator today["per_tenant_bytes"], :>, 50 * MB # the mean of 40 and 60
    assert_operator answer.dig("measured_bytes", "most"), :>, 60 * MB
    assert_operator answer.dig("measured_bytes", "least"), :<, 60 * MB
    assert_in_delta fleet.dig("room", "more_tenants") + 2, answer.dig("fit", "today"), 0.1 * answer.dig("fit", "today")
  end

  # What is there now is what is projected for as many. It is observed twice, and libraries are shared with all the Rubies of
  # other tests, which come and go in between: so it is asked until nothing did.
  def test_as_many_as_run
    with_tenants do
      differences = Array.new(10).each_with_object([]) do |_, differ|
        fleet, today = json("fleet", "--tenant-variable", VARIABLE), project("--tenants", "2")["today"]
        differ << fleet.dig("totals", "tenants", "pss_bytes") - today["shared_files_bytes"] - 2 * today["per_tenant_bytes"]
        break differ if differ.last.abs < 0.5 * MB
      end
      assert_operator differences.last.abs, :<, 0.5 * MB, differences
    end
  end

  def test_one_tenant_says_that_it_is_alone
    text = with_tenants({"a" => 20}) { text("--tenants", "3") }
    assert_match(/^what if · 3 tenants · from 1 that runs now$/, text)
    assert_match(/one alone can't tell/, text)
    refute_match(/today +with/, text)
  end

  def test_with_two_recordings
    answer, text = with_tenants { [project("--tenants", "10", *both), text("--tenants", "10", *both)] }
    saving = answer["saving"]
    assert_equal "held", saving["basis"]
    assert_in_delta 8 * MB, saving["bytes"], 0.1 * MB
    assert_in_delta 8 * MB, saving["anon_bytes"], 3 * MB
    assert_equal answer.dig("today", "per_tenant_bytes") - saving["bytes"], answer.dig("with", "per_tenant_bytes")
    assert_equal answer.dig("today", "total_bytes") - 10 * saving["bytes"], answer.dig("with", "total_bytes")
    assert_equal answer.dig("today", "total_bytes") - 10 * saving["anon_bytes"], answer["with_anon_bytes"]
    assert_operator answer.dig("fit", "with"), :>, answer.dig("fit", "today")
    assert_match(/^MEMORY, MiB +today +with +change$/, text)
    assert_match(/^each tenant +\d+\.\d +\d+\.\d +-7\.\d$/, text)
    assert_match(/^all, with 10 tenants +\d+\.\d +\d+\.\d +-7\d\.\d$/, text)
    assert_match(/^\d+ fit today, \d+ with it\.$/, text)
    assert_match(/which is sure: it repeats/, text)
    assert_match(/trimmed\.memtrim against .*stock\.memtrim, a boot each of app, Ruby/, text.tr("\n", " "))
  end

  # The recorder's own memory is not what a trimmed tenant would have.
  def test_with_one_recording_alone
    answer, text = with_tenants { [project("--tenants", "10", "--with", trimmed), text("--tenants", "10", "--with", trimmed)] }
    report = json("report", "--recording", trimmed, "--no-verdicts")
    own = report.dig("totals", "anon_bytes") - report["rows"].find { |row| row["name"] == "recorder" }["bytes"]
    assert_operator report.dig("totals", "anon_bytes"), :>, own
    assert_equal "boot", answer.dig("saving", "basis")
    mean_anon = with_tenants { json("fleet", "--tenant-variable", VARIABLE).dig("per_tenant", "anon_bytes", "mean") }
    assert_in_delta mean_anon - own, answer.dig("saving", "bytes"), 1 * MB
    assert_match(/at most: the boot is compared with tenants that have served/, text.tr("\n", " "))
    assert_match(/memtrim record -o stock\.memtrim, and --against stock\.memtrim/, text.tr("\n", " "))
  end

  def test_with_a_real_proof
    PlantedGems.in_an_app({"thin" => "THIN = 1", "fat" => "FAT = Array.new(5) { 'x' * 1_000_000 }", "plump" => "PLUMP = Array.new(2) { 'x' * 1_000_000 }"}) do |app|
      proof = file("proof.json", Memtrim.run("prove", "--held", "--fresh", "--format", "json", "--app", app).out)
      with_tenants do
        all = project("--tenants", "10", "--with", proof)
        assert_equal ["held", nil], all["saving"].values_at("basis", "interval")
        assert_in_delta 7 * MB, all.dig("saving", "bytes"), 0.2 * MB
        assert_in_delta 2 * MB, project("--tenants", "10", "--with", proof, "--result", "plump").dig("saving", "bytes"), 0.1 * MB
        assert_match(/without all 3 that can go, after the boot; \d+ boots/, all.dig("saving", "source"))
        assert_match(/no result lean; it has /, refused("--tenants", "2", "--with", proof, "--result", "lean"))
      end
    end
  end

  def test_the_interval_of_a_proof
    proof = file("interval.json", JSON.generate(proof_of("together" => result("anon_saved_bytes" => 10 * MB, "anon_interval" => [8 * MB, 12 * MB]))))
    answer, text = with_tenants { [project("--tenants", "10", "--with", proof), text("--tenants", "10", "--with", proof)] }
    today = answer.dig("today", "total_bytes")
    assert_equal today - 100 * MB, answer.dig("with", "total_bytes")
    assert_equal [today - 120 * MB, today - 80 * MB], answer["with_interval"]
    assert_equal ["anon", 10 * MB, [8 * MB, 12 * MB]], answer["saving"].values_at("basis", "bytes", "interval")
    low, high = answer.dig("fit", "with_interval")
    assert_includes low..high, answer.dig("fit", "with")
    assert_match(/95 % interval of the saving: \d+\.\d to \d+\.\d MiB with 10 tenants/, text)
    assert_match(/9\.5 MiB of anon in each \(7\.6 to 11\.4, 95 %\)/, text)
  end

  # As prove --minimal and trim print it.
  def test_the_savings_of_trim_and_of_the_smallest_configuration
    saving = {"app" => "app", "railties" => [], "defer" => {}, "held_saved_bytes" => 3 * MB, "trials" => 8}
    trim = file("trim.json", JSON.generate({**saving, "files" => [], "anon_saved_bytes" => 5 * MB, "anon_interval" => [4 * MB, 6 * MB]}))
    minimal = file("minimal.json", JSON.generate(saving))
    none = file("none.json", JSON.generate({**saving, "held_saved_bytes" => 0}))
    with_tenants do
      assert_equal ["anon", 5 * MB, [4 * MB, 6 * MB]], project("--tenants", "5", "--with", trim)["saving"].values_at("basis", "bytes", "interval")
      assert_equal ["held", 3 * MB, nil], project("--tenants", "5", "--with", minimal)["saving"].values_at("basis", "bytes", "interval")
      assert_match(/nothing is left out there/, refused("--tenants", "5", "--with", none))
    end
  end

  def test_another_apps_figures
    with_tenants({"a" => 20}, app: "blog") do
      assert_match(/of the app app, and a tenant runs blog; .*--same-app/, refused("--tenants", "5", *both))
      assert_equal "held", project("--tenants", "5", *both, "--same-app").dig("saving", "basis")
    end
    huge = file("huge.json", JSON.generate(proof_of("together" => result("held_saved_bytes" => 400 * MB))))
    assert_match(/huge\.json: 381\.5 MiB saved in a tenant that has \d+\.\d to itself/, with_tenants { refused("--tenants", "5", "--with", huge) })
  end

  def test_two_recordings_of_different_apps
    other = record("other", BALLAST % 1, name: "shop")
    with_tenants do
      assert_match(/of the app app, .*other\.memtrim of shop; .*--same-app/, refused("--tenants", "5", "--with", trimmed, "--against", other))
      assert_equal "held", project("--tenants", "5", "--with", trimmed, "--against", other, "--same-app").dig("saving", "basis")
    end
  end

  def test_no_tenant
    text = refused("--tenants", "10")
    assert_match(/\Amemtrim: no tenant runs, so there is nothing to project from: start one or two first/, text)
  end

  def test_options_that_do_not_go_together
    {
      %w[--with x] => /--with goes with --tenants N/, %w[--against x] => /--against goes with --tenants N/, %w[--same-app] => /--same-app goes with --tenants N/,
      %w[--result x] => /--result goes with --tenants N/, %w[--tenants 0] => /--tenants 0: 1 to 1000000/, %w[--tenants 1000001] => /1 to 1000000/,
      %w[--tenants -3] => /--tenants -3: 1 to/, %w[--tenants ten] => /--tenants ten/, %w[--tenants 5 --against x] => /--against goes with --with FILE/,
      %w[--tenants 5 --format prometheus] => /as text or json, not prometheus/, ["--tenants", "1" + "0" * 30] => /1 to 1000000/
    }.each { |arguments, says| assert_match says, refused(*arguments) }
  end

  def test_files_that_do_not_tell
    light = record("light", BALLAST % 1, "--light")
    broken = file("broken.memtrim", File.binread(trimmed)[0, File.size(trimmed) / 2])
    failed = record("failed", "raise 'no such luck'", ok: false)
    {
      ["--with", "/no/such/file"] => %r{/no/such/file: no such file}, ["--with", DIRECTORY] => /is a directory/,
      ["--with", file("garbage", "\xFF\x00garbage")] => /garbage: neither a recording .* nor a proof/, ["--with", file("empty", "")] => /empty: neither/,
      ["--with", file("list.json", "[1]")] => /neither/, ["--with", file("report.json", "{\"schema\":1,\"totals\":{}}")] => /no saving in it/,
      ["--with", trimmed, "--against", "/no/such/file"] => %r{/no/such/file: no such file}, ["--with", trimmed, "--against", file("x.json", "{}")] => /x\.json: no recording; memtrim record -o/,
      ["--with", file("p.json", "{}"), "--against", stock] => /--against goes with a recording; .*p\.json is none/, ["--with", trimmed, "--result", "fat"] => /--result fat: of a proof/,
      ["--with", light, "--against", stock] => /light\.memtrim: a light recording has no held bytes/, ["--with", broken] => /broken\.memtrim: the app does not boot: the process died/,
      ["--with", broken, "--against", stock] => /broken\.memtrim: the app does not boot/, ["--with", failed] => /failed\.memtrim: the app does not boot: .*no such luck/,
      ["--with", proof("none", "results" => [])] => /nothing was left out all together.*none/,
      ["--with", proof("two", "results" => [result("name" => "a"), result("name" => "b")])] => /--result: a, b/,
      ["--with", proof("stuck", "results" => [result("name" => "a", "boots" => false)])] => /the app does not boot without a/,
      ["--with", proof("unmeasured", "results" => [result("name" => "a")])] => /nothing was measured of the app without a/,
      ["--with", proof("odd", "together" => result("anon_saved_bytes" => 1 << 70, "held_saved_bytes" => "x"))] => /nothing was measured/
    }.each { |arguments, says| assert_match says, refused("--tenants", "5", *arguments) }
  end

  # A light one has anon, which is all that one alone needs.
  def test_a_light_recording_alone
    light = record("light_alone", BALLAST % 1, "--light")
    assert_equal "boot", with_tenants { project("--tenants", "5", "--with", light) }.dig("saving", "basis")
  end

  def test_an_error_writes_no_file
    output = File.join(DIRECTORY, "answer.json")
    with_tenants do
      refused("--tenants", "5", "--with", "/no/such/file", "-o", output)
      refute File.exist?(output)
      assert_predicate fleet("--tenants", "5", "--format", "json", "-o", output).status, :success?
      assert_equal 5, JSON.parse(File.read(output))["tenants"]
    end
  end

  # What a file says can be anything.
  def test_names_that_would_harm_a_terminal
    evil = proof("evil", "app" => "sh\e[2Jop", "results" => [result("name" => "a\e[2J", "held_saved_bytes" => MB)])
    with_tenants do
      refute_includes refused("--tenants", "5", "--with", evil), "\e"
      refute_includes text("--tenants", "5", "--with", evil, "--same-app"), "\e"
    end
  end

  private

  def with_tenants(tenants = {"a" => 40, "b" => 60}, app: "app")
    StandIns.run(tenants, app: app) { yield }
  end

  def fleet(*arguments)
    MemtrimHere.run("fleet", "--tenant-variable", VARIABLE, *arguments)
  end

  def project(*arguments)
    result = fleet(*arguments, "--format", "json")
    assert_equal [0, ""], [result.status.exitstatus, result.err]
    JSON.parse(result.out)
  end

  def text(*arguments)
    result = fleet(*arguments)
    assert_equal [0, ""], [result.status.exitstatus, result.err]
    assert_operator result.out.lines.map { |line| line.chomp.length }.max, :<=, 100
    result.out
  end

  # @return [String] the one line
  def refused(*arguments)
    result = fleet(*arguments)
    assert_equal [2, "", 1], [result.status.exitstatus, result.out, result.err.lines.size], result.err
    result.err
  end

  def json(*arguments)
    JSON.parse(MemtrimHere.run(*arguments, "--format", "json").out)
  end

  def both
    ["--with", trimmed, "--against", stock]
  end

  def stock
    @@stock ||= record("stock", BALLAST % 10)
  end

  def trimmed
    @@trimmed ||= record("trimmed", BALLAST % 2)
  end

  def record(title, environment, *options, name: "app", ok: true)
    path = File.join(DIRECTORY, "#{title}.memtrim")
    SmallApp.with("config/environment.rb" => environment) do |app|
      renamed = File.join(File.dirname(app), name)
      File.rename(app, renamed)
      result = Memtrim.run("record", "-o", path, "--app", renamed, *options)
      raise result.err if ok && !result.status.success?
    end
    path
  end

  def file(name, content)
    File.join(DIRECTORY, name).tap { |path| File.binwrite(path, content) }
  end

  def proof(name, document)
    file("#{name}.json", JSON.generate(proof_of(document)))
  end

  # Of prove --format json (docs/schema/prove.json), what is read.
  def proof_of(document)
    {"schema" => 1, "app" => "app", "after" => "boot", "results" => [], "together" => nil}.merge(document)
  end

  def result(figures)
    {"name" => "all", "kind" => "gem", "members" => %w[a b], "boots" => true, "held_saved_bytes" => nil, "anon_saved_bytes" => nil, "anon_interval" => nil, "trials" => 8}.merge(figures)
  end
end
