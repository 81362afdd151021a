# frozen_string_literal: true

require "json"
require_relative "../../../lib/showcase_memtrim/native"
require_relative "../figures"
require_relative "../recordings"

# Why a prediction differs from the truth: the untouched boot's recording and one of a boot without the things
# named, scope by scope (a file, an initializer, a load hook...).
#
# A block of 8 KB that holds symbols, or a table that many files fill, goes to whoever comes first: it shows as the
# same bytes, once less and once more, in two scopes that are in both boots.
class Difference
  SHOWN = 20
  SMALLEST = 1_000

  # predicted: bytes that would go; truth: bytes that went.
  Line = Struct.new(:label, :predicted, :truth, :state, keyword_init: true) do
    def difference
      predicted - truth
    end
  end

  def initialize(app, directory, names)
    @app = app
    @names = names
    @recordings = Recordings.new(app, directory)
  end

  def to_s
    ["#{@app.name} without #{@names.join(" + ")}: bytes predicted to go, that went, and the difference", "", *sums, "", *largest].join("\n")
  end

  private

  def sums
    groups = lines.group_by(&:state).map { |state, of| sum("#{state} (#{of.size} scopes)", of) }
    Figures.table([["", "predicted", "truth", "difference"], *groups, sum("all", lines)])
  end

  def sum(name, of)
    [name, of.sum(&:predicted), of.sum(&:truth), of.sum(&:difference)]
  end

  def largest
    shown = lines.select { |line| line.difference.abs >= SMALLEST }.max_by(SHOWN) { |line| line.difference.abs }
    Figures.table([["largest differences", "predicted", "truth", "difference", ""], *shown.map { |line| [line.label, line.predicted, line.truth, line.difference, line.state] }])
  end

  def lines
    @lines ||= begin
      before, after = scopes("untouched", [], @names), scopes("without", @names, [])
      (before.keys | after.keys).map { |label| line(label, before[label], after[label]) }
    end
  end

  def line(label, before, after)
    gone = before.to_a.select { |scope| scope["gone"] }
    Line.new(label: label, predicted: bytes(gone), truth: bytes(before) - bytes(after), state: state(before, after, gone))
  end

  def state(before, after, gone)
    return "new" if before.nil?
    return after ? "there in both" : "went, not predicted" if gone.empty?
    after ? "predicted to go, stays" : "goes"
  end

  def bytes(scopes)
    scopes.to_a.sum { |scope| scope["bytes"] }
  end

  # By label: several scopes may have the same one.
  def scopes(name, leave_out, removed)
    @recordings.record(name, leave_out: leave_out)
    JSON.parse(ShowcaseMemtrim::Recording.open(@recordings.path(name)).scopes(removed)).group_by { |scope| scope["label"] }
  end
end
