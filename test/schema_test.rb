# frozen_string_literal: true

require "minitest/autorun"
require "json"
require "json_schemer"
require_relative "support/memtrim_here"
require_relative "support/planted_gems"
require_relative "support/proc_tree"
require_relative "support/recordings"

# The published schemas, held against what the commands print.
class SchemaTest < Minitest::Test
  DIRECTORY = File.expand_path("../docs/schema", __dir__)
  NAMES = %w[report explain unused check diff prove doctor tune cable fleet].freeze

  NAMES.each do |name|
    define_method(:"test_#{name}_is_a_schema") do
      document = JSON.parse(File.read(file(name)))
      assert_equal [], JSONSchemer.validate_schema(document).map { |error| error["error"] }
      assert_equal "https://json-schema.org/draft/2020-12/schema", document["$schema"]
    end
  end

  def test_all_are_tested
    assert_equal NAMES.sort, Dir.children(DIRECTORY).map { |name| File.basename(name, ".json") }.sort
  end

  def test_report_and_explain
    api = AppCopy.prepare("api")
    whole, light = Recordings.of("api").file, Recordings.of("api", options: ["--light"]).file
    assert_valid "report", here("report", "--recording", whole, "--no-verdicts")
    assert_valid "report", here("report", "--recording", light, "--app", api, "--no-verdicts")
    assert_valid "explain", here("explain", "sidekiq", "--recording", whole, "--app", api)
    %w[rack action_mailer/railtie active_storage/engine].each { |name| assert_valid "explain", here("explain", name, "--recording", whole, "--no-verdicts") }
    assert_valid "explain", here("explain", "sidekiq", "--recording", light, "--app", api, "--no-verdicts")
    # Broken off: only the phases are known.
    broken = File.join(Recordings::DIRECTORY, "broken.memtrim").tap { |file| File.binwrite(file, File.binread(whole)[0, File.size(whole) / 2]) }
    assert_valid "report", here("report", "--recording", broken, status: 2)
  end

  def test_unused
    assert_valid "unused", here("unused", "--all", "--recording", Recordings.of("api").file, "--app", AppCopy.prepare("api"), status: 1)
  end

  def test_doctor
    with_faults, sound = AppCopy.prepare("tenant"), AppCopy.prepare("api")
    assert_valid "doctor", here("doctor", "--app", with_faults, status: 1)
    assert_valid "doctor", here("doctor", "--app", sound)
  end

  def test_cable
    assert_valid "cable", here("cable", "--app", AppCopy.prepare("tenant"))
    assert_valid "cable", here("cable", "--app", AppCopy.prepare("api"))
  end

  def test_fleet
    machine = parsed(MemtrimHere.run("fleet", "--format", "json"), nil)
    assert_valid "fleet", machine
    ProcTree.open do |tree|
      2.times { |number| tree.rails(200 + number, "puma 6.4 (tcp://0.0.0.0:#{3000 + number}) [shop]", tenant: "t#{number}") }
      tree.process(300, "redis-server", "redis-server *:6379")
      answer = here("fleet", "--proc", tree.directory, "--tenant-variable", "RAILS_APP_DB")
      assert_equal [2, 1], [answer["tenants"].size, answer["shared"].size]
      assert_valid "fleet", answer
      answer.each_key { |key| refute_valid "fleet", answer.except(key) }
      assert_valid "fleet", answer.merge("new" => 1)
      refute_valid "fleet", answer.merge("zombies" => -1)
      refute_valid "fleet", answer.merge("findings" => [{"rule" => "unknown"}])
    end
  end

  def test_check_and_diff_and_prove
    PlantedGems.in_an_app({"thin" => "THIN = 1", "fat" => "FAT = []"}) do |app|
      budget(app, "held: 500 MB")
      assert_valid "check", memtrim("check", "--app", app)
      small = File.join(Recordings::DIRECTORY, "small.memtrim")
      assert_predicate Memtrim.run("record", "-o", small, "--app", app).status, :success?
      assert_valid "diff", here("diff", Recordings.of("api").file, small)
      assert_valid "diff", here("diff", small, Recordings.of("api").file)

      assert_predicate MemtrimHere.run("baseline", "--app", app, "--recording", small).status, :success?
      lock = File.join(app, "memtrim.lock.json")
      File.write(lock, File.read(lock).sub('"thin":', '"gone":'))
      budget(app, "rss: 1 MB", "seconds: 100", "growth: 1 MB", "gems: { fat: 100 }")
      answer = memtrim("check", "--app", app, status: 1)
      assert_equal %w[added removed], answer.dig("growth", "blame").map { |blame| blame["change"] }.sort
      assert_valid "check", answer

      assert_valid "prove", memtrim("prove", "--held", "--app", app)
      assert_valid "prove", memtrim("prove", "--held", "--minimal", "--app", app)
    end
  end

  # Without any of its keys, or with another type, a report is none.
  def test_how_strict_they_are
    report = here("report", "--recording", Recordings.of("api").file, "--no-verdicts")
    report.each_key { |key| refute_valid "report", report.except(key) }
    refute_valid "report", report.merge("seconds" => "soon")
    refute_valid "report", report.merge("totals" => report["totals"].merge("rss_bytes" => 1.5))
    refute_valid "report", report.merge("schema" => 2)
    assert_valid "report", report.merge("new" => 1)
    refute_valid "prove", {"schema" => 1}
  end

  private

  def file(name)
    File.join(DIRECTORY, "#{name}.json")
  end

  # @return [Hash] the answer, of a process of its own: it boots
  def memtrim(*arguments, status: 0)
    parsed(Memtrim.run(*arguments, "--format", "json"), status)
  end

  def here(*arguments, status: 0)
    parsed(MemtrimHere.run(*arguments, "--format", "json"), status)
  end

  # @param status [Integer, nil] nil: any that is an answer
  def parsed(result, status)
    assert_includes Array(status || [0, 1]), result.status.exitstatus, result.err
    JSON.parse(result.out)
  end

  def budget(app, *lines)
    FileUtils.mkdir_p(File.join(app, "config"))
    File.write(File.join(app, "config/memtrim.yml"), "budget:\n#{lines.map { |line| "  #{line}\n" }.join}")
  end

  def assert_valid(name, answer)
    assert_equal [], errors(name, answer)
  end

  def refute_valid(name, answer)
    refute_empty errors(name, answer)
  end

  def errors(name, answer)
    @schemas ||= Hash.new { |schemas, key| schemas[key] = JSONSchemer.schema(JSON.parse(File.read(file(key)))) }
    @schemas[name].validate(answer).take(5).map { |error| error["error"] }
  end
end
