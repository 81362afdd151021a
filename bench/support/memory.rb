# frozen_string_literal: true

require_relative "bench_app"
require_relative "figures"
require_relative "result"

# What ShowcaseMemtrim.memory costs a booted app.
class MemoryCost
  LIMIT_OBJECTS = 5
  # Of the CPU time that the kernel takes to write its file, read by Ruby.
  LIMIT_RATIO = 1.25
  # Microseconds of CPU, median, without PSS.
  LIMIT_COUNTED = 250

  def initialize(app, calls)
    boot = app.boot("memory.rb", arguments: [calls.to_s])
    raise "#{app.name} does not boot:\n#{boot.output}" unless boot.ok?
    @name = app.name
    @measured = JSON.parse(boot.result)
  end

  def to_h
    {app: @name, memory: @measured["memory"], first_us: @measured["first"], objects: @measured["objects"],
     call: figures("calls"), without_pss: figures("counted"), file_alone: figures("reads"), results: results.map(&:to_h)}
  end

  def lines
    rows = {"a call" => figures("calls"), "without PSS" => figures("counted"), "reading the file alone" => figures("reads")}.map do |what, figures|
      [what, *figures.values.map { |microseconds| microseconds.round.to_s }]
    end
    mib = @measured["memory"].slice("anon_bytes", "rss_bytes").values.map { |bytes| format("%.0f", bytes.fdiv(1 << 20)) }
    ["#{@name}, booted: anon #{mib.first} MiB, RSS #{mib.last}; the first call, which loads the extension: #{@measured["first"].round} µs",
      *Figures.table([["µs", "median", "p99", "CPU, median"], *rows])]
  end

  def results
    ratio = figures("calls")[:cpu].fdiv(figures("reads")[:cpu])
    [Result.new(what: "CPU, beside reading the file alone", value: format("%.2f", ratio), ok: ratio <= LIMIT_RATIO),
      Result.new(what: "CPU without PSS, µs", value: figures("counted")[:cpu].round, ok: figures("counted")[:cpu] <= LIMIT_COUNTED),
      Result.new(what: "objects for a call", value: @measured["objects"].round(1), ok: @measured["objects"] <= LIMIT_OBJECTS)]
  end

  private

  # Microseconds.
  def figures(what)
    wall, cpu = @measured[what].map(&:sort)
    {median: Figures.median(wall), p99: wall[(wall.size * 0.99).floor], cpu: Figures.median(cpu)}
  end
end
