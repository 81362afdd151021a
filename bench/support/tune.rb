# frozen_string_literal: true

require "json"
require "rbconfig"
require_relative "figures"
require_relative "jemalloc"
require_relative "result"
require_relative "seeded_app"

# What `memtrim tune` finds for the sample app, under one allocator.
class Tune
  MEMTRIM = File.join(BenchApp::ROOT, "bin/memtrim")
  # 200 requests that make garbage: lists, a spreadsheet, PDFs.
  PAGES = %w[/ /event/schedule /studios /people /dances /entries /heats /heats.json /entries.xlsx /packets/13].freeze
  COUNT = 20
  # Of anonymous memory at least, of CPU at most.
  SAVED, CPU = 0.15, 0.05
  ALLOCATORS = %w[glibc jemalloc].freeze

  # @return [SeededApp] prepared once
  def self.app
    @app ||= SeededApp.new(AppCopy.prepare("tenant"), File.join(BenchApp::ROOT, "tmp/bench/ruby-#{AppCopy::RUBY}/tune/tenant")).seed
  end

  def initialize(allocator, minutes:)
    @allocator = allocator
    @minutes = minutes
  end

  # @return [Hash] as `memtrim tune --format json` tells
  def answer
    @answer ||= begin
      output = IO.popen([RbConfig.ruby, MEMTRIM, "tune", "--app", Tune.app.directory, "--env", "production", "--minutes", @minutes.to_s, "--cpu", (CPU * 100).to_s,
        "--requests", PAGES.join(","), "--count", COUNT.to_s, "--format", "json", *allocator], &:read)
      raise "memtrim tune failed under #{@allocator}" unless $?.success?
      JSON.parse(output)
    end
  end

  # @return [Array<Result>]
  def results
    found = answer["confirmation"] or return [Result.new(what: "#{@allocator}: settings that save memory", value: "none of #{answer["candidates"].size} tried", ok: false)]
    saved, cpu = found["anon_saved_share"], found["cpu"]
    [
      Result.new(what: "#{@allocator}: #{answer["candidates"][answer["winner"]]["name"]}", value: "#{answer["verdict"]}, #{found["pairs"]} pairs, #{answer["trials"]} trials in #{answer["seconds"].round} s", ok: answer["verdict"] == "confirmed"),
      Result.new(what: "#{@allocator}: anon after #{PAGES.size * COUNT} requests, MB", value: "#{anon(found)}; at least #{(SAVED * 100).round} % less", ok: saved >= SAVED && found["anon_interval"].first.positive?),
      Result.new(what: "#{@allocator}: CPU for a request", value: "#{interval(cpu)}; at most +#{(CPU * 100).round} %", ok: cpu["change"] <= CPU),
      *%w[p50 p99].filter_map { |name| Result.new(what: "#{@allocator}: #{name}", value: interval(found[name]), ok: true) if found[name] }
    ]
  end

  private

  # Each by itself: a jemalloc that is on the machine would be searched, too, in the same time.
  def allocator
    return %w[--skip allocator] if @allocator == "glibc"
    ["--preload", Jemalloc.library || raise("no #{Jemalloc::LIBRARY}, and none can be had")]
  end

  def anon(found)
    low, high = found["anon_interval"].map { |bytes| Figures.mb(bytes, 1) }
    "#{Figures.mb(found["stock_anon_bytes"], 1)} → #{Figures.mb(found["anon_bytes"], 1)}, #{Figures.mb(found["anon_saved_bytes"], 1)} saved (#{low} to #{high}), #{percent(-found["anon_saved_share"])}"
  end

  def interval(ratio)
    "#{percent(ratio["change"])} (#{percent(ratio["low"])} to #{percent(ratio["high"])})"
  end

  def percent(share)
    format("%+.1f %%", share * 100)
  end
end
