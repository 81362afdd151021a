# frozen_string_literal: true

require "json"
require_relative "figures"
require_relative "jemalloc"
require_relative "recordings"

# Recordings of one app under one allocator, each compared with the first, and how much of the process they explain.
class Repeat
  LIMITS = {held: 30_000, retained_share: 0.001, residual_share: 0.03, owned_share: 0.9}.freeze
  # Gems smaller than this move by more than a thousandth when one string does.
  LARGE = 500_000

  def initialize(app, directory, allocator, count)
    raise ArgumentError, "an allocator is glibc or jemalloc, not #{allocator}" unless %w[glibc jemalloc].include?(allocator)
    @app = app
    @recordings = Recordings.new(app, directory)
    @allocator = allocator
    @count = count
  end

  def figures
    @figures ||= skipped? ? {} : differences.merge(shares)
  end

  def within_limits?
    skipped? || checks.all? { |_, _, ok| ok }
  end

  def to_h
    {app: @app.name, allocator: @allocator, skipped: skipped?, within_limits: within_limits?}.merge(figures)
  end

  def to_s
    return "#{title}: no #{Jemalloc::LIBRARY} here, and none could be downloaded: skipped" if skipped?
    ["#{title}, #{@count} full and #{@count} light recordings", *checks.map { |what, value, ok| "#{ok ? "ok     " : "EXCEEDS"}  #{what}: #{value}" }, ""].join("\n")
  end

  private

  def title
    "#{@app.name}, #{@allocator}"
  end

  def skipped?
    @allocator == "jemalloc" && library.nil?
  end

  def library
    @library ||= Jemalloc.library
  end

  def reports(kind)
    @reports ||= {}
    @reports[kind] ||= Array.new(@count) do |index|
      name = "#{kind}-#{index}"
      @recordings.record(name, light: kind == :light, preload: (@allocator == "jemalloc") ? [library] : [])
      @recordings.report(name)
    end
  end

  def differences
    held = spread(:full) { |report| report["totals"]["held_bytes"] }
    gem, by_gem = gems(:full).max_by { |name, bytes| [bytes.max - bytes.min, name] }
    large = gems(:light).select { |_, bytes| bytes.max > LARGE }
    retained, of = large.max_by { |name, bytes| [share_between(bytes), name] }
    {
      held: held, held_of_a_gem: by_gem.max - by_gem.min, gem: gem,
      retained_share: of ? share_between(of) : 0.0, retained_gem: retained, large_gems: large.size
    }
  end

  def spread(kind)
    reports(kind).map { |report| yield report }.minmax.reverse.reduce(:-)
  end

  # Self bytes by gem in each report: held ones in the full recordings, objects in the light ones.
  def gems(kind)
    all = reports(kind).map { |report| report["gems"].to_h { |gem| [gem["name"], gem["self_bytes"]] } }
    all.flat_map(&:keys).uniq.to_h { |name| [name, all.map { |of| of.fetch(name, 0) }] }
  end

  def share_between(bytes)
    (bytes.max - bytes.min).fdiv(bytes.max)
  end

  def shares
    worst = reports(:full).map { |report| report["totals"].then { |totals| totals["residual_bytes"].fdiv(totals["anon_bytes"]) } }.max_by(&:abs)
    owners = reports(:full).map { |report| report["owners"].to_h { |owner| owner.values_at("name", "bytes") } }
    owned = owners.map { |of| 1 - of.fetch("no owner", 0).fdiv(of.values.sum) }.min
    {residual_share: worst, owned_share: owned}
  end

  def checks
    of = figures
    [
      ["held bytes differ by", "#{Figures.mb(of[:held])} MB of at most #{Figures.mb(LIMITS[:held], 2)}", of[:held] <= LIMITS[:held]],
      ["held bytes of a gem differ by", "#{Figures.mb(of[:held_of_a_gem])} MB (#{of[:gem]}) of at most #{Figures.mb(LIMITS[:held], 2)}", of[:held_of_a_gem] <= LIMITS[:held]],
      ["retained bytes of a gem over 0.5 MB differ by", "#{percent(of[:retained_share], 3)} (#{of[:retained_gem]}, of #{of[:large_gems]}) of at most #{percent(LIMITS[:retained_share], 1)}",
        of[:retained_share] <= LIMITS[:retained_share]],
      ["residual", "#{percent(of[:residual_share], 2)} of anon, at most #{percent(LIMITS[:residual_share], 0)}", of[:residual_share].abs <= LIMITS[:residual_share]],
      ["owned", "#{percent(of[:owned_share], 1)} of what is held, at least #{percent(LIMITS[:owned_share], 0)}", of[:owned_share] >= LIMITS[:owned_share]]
    ]
  end

  def percent(share, digits)
    format("%.#{digits}f %%", share * 100)
  end
end
