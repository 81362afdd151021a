# frozen_string_literal: true

require "json"
require_relative "figures"
require_relative "peers"
require_relative "recordings"

# Plain boots, recorded boots and boots under the peers, in turns, and what they cost more than plain ones. The
# quickest of each: whatever else a machine does can only add, and adds half as much again for minutes at a time.
class Overhead
  # What a boot, until the app is initialized, may cost beside a plain one. What the recording does after that (a full
  # collection, the walk, the file) delays no boot; it is in the figures of the whole process.
  LIMITS = {"light" => {cpu: 1.10, wall: 1.15, recorder: 2_500_000}, "full" => {cpu: 1.35}}.freeze
  COUNTER_BYTES = 16 # of the counter's table for each live block
  OFF = {private: 300_000, milliseconds: 10}.freeze
  FILES = [2_000, 20_000].freeze
  # A cost that grew with the square of the files would be ten times as much for each of them.
  LINEAR = 1.25

  def initialize(app, directory, rounds:, peers:)
    @app = app
    @recordings = Recordings.new(app, directory)
    @directory = directory
    @rounds = rounds
    @peers = peers ? Peers.all : []
    @notes = peers ? Peers.notes : []
  end

  def to_s(format)
    (format == "json") ? JSON.pretty_generate(figures.merge(within_limits: within_limits?)) : lines.join("\n")
  end

  def within_limits?
    checks.all? { |_, _, ok| ok }
  end

  def figures
    @figures ||= {app: @app.name, rounds: @rounds, boots: boots, recorder_bytes: recorder_bytes, counter_bytes: counter_bytes, off: off, files: files, notes: @notes}
  end

  private

  # [what, how much of how much, ok?]
  def checks
    limits = LIMITS.flat_map do |name, of|
      [check("#{name}: CPU of the boot", boots[name][:boot_cpu_ratio], of[:cpu], "x"), check("#{name}: wall time of the boot", boots[name][:boot_wall_ratio], of[:wall], "x"),
        check("#{name}: the recorder's own bytes", recorder_bytes[name], of[:recorder], "")]
    end
    limits << check("full: the counter's bytes a live block", counter_bytes, COUNTER_BYTES, "")
    limits << check("require with recording off: private bytes", off[:private], OFF[:private], "")
    limits << check("require with recording off: milliseconds", off[:milliseconds], OFF[:milliseconds], "")
    limits << check("CPU per file, #{FILES.join(" to ")} files", files[:growth], LINEAR, "x")
    limits.compact
  end

  def check(what, value, limit, unit)
    return if value.nil? || limit.nil?
    [what, "#{value.is_a?(Float) ? value.round(3) : value}#{unit} of at most #{limit}#{unit}", value <= limit]
  end

  def boots
    @boots ||= begin
      variants = boot_variants
      rounds = Array.new(@rounds) do |round|
        warn "bench: #{@app.name}, round #{round + 1} of #{@rounds}" if $stderr.tty?
        order = variants.keys.rotate(round)
        order.to_h { |name| [name, variants[name].call] }
      end
      variants.keys.to_h { |name| [name, summary(rounds, name)] }
    end
  end

  def boot_variants
    {
      "plain" => -> { @app.boot("plain.rb") },
      "light" => -> { @recordings.record("light", light: true) },
      "full" => -> { @recordings.record("full") }
    }.merge(@peers.to_h { |peer| [peer.name, -> { peer.boot(@app) }] })
  end

  TIMES = %i[boot_cpu boot_wall cpu wall].freeze

  def summary(rounds, name)
    TIMES.flat_map do |time|
      seconds, plain = [name, "plain"].map { |which| rounds.map { |round| round[which][time] }.min }
      [[time, seconds], [:"#{time}_ratio", seconds / plain]]
    end.to_h
  end

  def recorder_bytes
    boots
    @recorder_bytes ||= %w[light full].to_h { |name| [name, @recordings.report(name).dig("totals", "recorder_bytes")] }
  end

  def counter_bytes
    totals = @recordings.report("full").fetch("totals")
    bytes, blocks = totals.values_at("counter_bytes", "live_blocks")
    bytes.fdiv(blocks) if bytes && blocks&.positive?
  end

  # What `require "showcase_memtrim"` adds to a process that does not record.
  def off
    @off ||= begin
      said = Array.new(@rounds) { @app.boot("off.rb").then { |boot| JSON.parse(boot.result) if boot.ok? } }.compact
      said.empty? ? {} : {private: Figures.median(said.map { |one| one["private"] }), milliseconds: Figures.median(said.map { |one| one["milliseconds"] })}
    end
  end

  # The CPU time that recording adds for each file, in a program of few and in one of many files.
  def files
    @files ||= begin
      added = FILES.map { |count| added_per_file(count) }
      {microseconds_per_file: FILES.zip(added).to_h, growth: added.last / added.first}
    end
  end

  # By the thousand files, the quickest of each: no program of seconds has a quiet machine from end to end. Without
  # collections: one more or less is chance, and a second.
  def added_per_file(count)
    program = File.join(GeneratedApp.files(count, File.join(@directory, "files-#{count}")), "main.rb")
    environment = {"MEMTRIM_RECORD" => File.join(@directory, "files.memtrim"), "MEMTRIM_END" => "exit", "NO_COLLECTIONS" => "1"}
    plain, recorded = Array.new(@rounds) do
      [Boot.new(@directory, program, environment.slice("NO_COLLECTIONS")).run, Boot.new(@directory, "recorded_script.rb", environment, arguments: [program]).run].map do |boot|
        raise "the program of #{count} files: #{boot.output}" unless boot.ok?
        boot.result.split.map(&:to_f).each_cons(2).map { |before, after| after - before }
      end
    end.transpose.map { |rounds| rounds.transpose.sum(&:min) }
    (recorded - plain) / count * 1_000_000
  end

  def lines
    head = ["#{@app.name}, quickest of #{@rounds}", "boot: CPU s", "x plain", "wall s", "x plain", "process: CPU s", "x plain", "wall s", "x plain"]
    rows = boots.map { |name, row| [name, *TIMES.flat_map { |time| [row[time], row[:"#{time}_ratio"]] }.map { |value| format("%.2f", value) }] }
    [*Figures.table([head, *rows]), "",
      "CPU that a light recording adds per file: #{files[:microseconds_per_file].map { |count, time| "#{time.round(1)} µs of #{count} files" }.join(", ")}",
      "", *checks.map { |what, value, ok| "#{ok ? "ok     " : "EXCEEDS"}  #{what}: #{value}" }, *@notes]
  end
end
