# frozen_string_literal: true

require "json"
require_relative "../../lib/showcase_memtrim/native"
require_relative "figures"
require_relative "peers"
require_relative "recordings"
require_relative "trials"

# What recordings of the untouched app predict for leaving things out, what leaving them out gives, and what other
# tools would have had the user expect.
class Truth
  # A prediction is right within 3 % or 50 KB; 9 of 10 must be, and the mean error at most 0.05 MB.
  SHARE, BYTES = 0.03, 50_000
  RIGHT, MEAN_ERROR = 0.9, 50_000

  # Our two figures and the truth each is held to.
  KINDS = {"held" => :held, "objects" => :objects}.freeze

  # peers: their figures by name. They are compared with the held truth.
  Row = Struct.new(:names, :predicted, :truth, :error, :peers, keyword_init: true) do
    def name
      names.join(" + ")
    end

    def difference(kind)
      predicted[kind] - truth[kind]
    end

    def right?(kind)
      difference(kind).abs <= [BYTES, SHARE * truth[kind].abs].max
    end
  end

  def initialize(app, directory, trials:, only: nil, peers: true)
    @app = app
    @recordings = Recordings.new(app, directory)
    @trials = Trials.new(app, trials)
    @only = only
    @peers = peers ? Peers.all : []
    @notes = peers ? Peers.notes : []
  end

  def passed?
    KINDS.each_key.all? { |kind| summary(kind).then { |of| of[:right] >= RIGHT * of[:rows] && of[:mean_error] <= MEAN_ERROR } }
  end

  def to_h
    {
      app: @app.name, passed: passed?, held: summary("held"), objects: summary("objects"), peers: peer_errors,
      rows: rows.map { |row| {names: row.names, predicted: row.predicted, truth: row.truth, error: row.error, peers: row.peers}.compact },
      notes: @notes
    }
  end

  def to_s
    [*table, *failures, "", *verdicts, *@notes, ""].join("\n")
  end

  private

  def rows
    @rows ||= begin
      predictions # first: a recording that can't be read should not be found out after all the trials
      truths = @trials.run(sets)
      expected = @peers.to_h { |peer| [peer.name, peer.figures(@app, sets.flatten.uniq)] }.compact
      sets.map { |set| row(set, truths.fetch(set), expected) }
    end
  end

  def row(set, truth, expected)
    return Row.new(names: set, error: truth.error) if truth.error
    Row.new(
      names: set,
      predicted: predictions.transform_values { |recording| predict(recording, set) },
      truth: KINDS.transform_values { |of| truth[of] },
      peers: expected.transform_values { |figures| figures.values_at(*set).sum }
    )
  end

  def sets
    @sets ||= begin
      singles = (@app.gems + @app.railties).zip
      @only ? singles.select { |name,| @only.include?(name) } : singles + @app.sets
    end
  end

  # One full and one light recording of the untouched app.
  def predictions
    @predictions ||= {"held" => false, "objects" => true}.to_h do |kind, light|
      @recordings.record(kind, light: light)
      [kind, ShowcaseMemtrim::Recording.open(@recordings.path(kind))]
    end
  end

  # What the report does not name has no cost, as far as its reader can tell.
  def predict(recording, set)
    recording.removable(set)
  rescue ArgumentError => error
    @notes |= [error.message]
    0
  end

  def booted
    rows.reject(&:error)
  end

  def summary(kind)
    {
      rows: booted.size, right: booted.count { |row| row.right?(kind) },
      mean_error: Figures.mean(booted.map { |row| row.difference(kind).abs }).round
    }
  end

  def peer_errors
    @peers.map(&:name).to_h do |name|
      [name, Figures.mean(booted.filter_map { |row| (row.peers[name] - row.truth["held"]).abs if row.peers.key?(name) }).round]
    end
  end

  def table
    peers = booted.first&.peers&.keys.to_a
    head = ["#{@app.name}, MB", "removable", "truth", "diff", "ok", "objects", "truth", "diff", "ok", *peers]
    Figures.table([head, *booted.map { |row| [row.name, *KINDS.each_key.flat_map { |kind| cells(row, kind) }, *peers.map { |name| Figures.mb(row.peers[name]) }] }])
  end

  def cells(row, kind)
    [Figures.mb(row.predicted[kind]), Figures.mb(row.truth[kind]), Figures.mb(row.difference(kind)), row.right?(kind) ? "ok" : "OUT"]
  end

  def failures
    rows.select(&:error).map { |row| "does not boot without #{row.name}: #{row.error}" }
  end

  def verdicts
    ours = KINDS.each_key.map do |kind|
      of = summary(kind)
      "#{kind}: #{of[:right]} of #{of[:rows]} within 3 % or 50 KB, mean absolute error #{Figures.mb(of[:mean_error])} MB"
    end
    ours + peer_errors.map { |name, error| "#{name}: mean absolute error #{Figures.mb(error, 2)} MB" }
  end
end
