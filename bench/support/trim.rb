# frozen_string_literal: true

require_relative "figures"
require_relative "trimmed_app"

# A sample app beside its trimmed copy: after the boot, and after requests, in interleaved processes.
class Trim
  Experiment = ShowcaseMemtrim::Experiment

  # 200 requests, as a tenant's day has them; and the pages besides that only a deferred gem can make.
  PAGES = %w[/ /event/schedule /studios /studios/new /people /people/new /dances /entries /heats /heats.json].freeze
  RARE = %w[/locations?q=Boston /entries.xlsx /packets/13].freeze
  STAGES = {
    "tenant" => {
      "boot" => {after: "boot"},
      "200 requests" => {after: "load", paths: PAGES, count: 20},
      "the same and 60 to the deferred gems' pages" => {after: "load", paths: PAGES + RARE, count: 20}
    },
    "api" => {"boot" => {after: "boot"}, "200 requests" => {after: "load", paths: %w[/up], count: 200}}
  }.freeze

  def initialize(app, minutes:)
    @app = app
    @minutes = minutes
  end

  def to_h
    {app: @app.name, railties: @app.trim["railties"], defer: @app.trim["defer"].keys, left_alone: @app.trim["left_alone"], check: @app.check, stages: stages}
  end

  def lines
    [
      "#{@app.name}: #{@app.trim["railties"]&.size || "all"} railties, #{@app.trim["defer"].size} gems deferred; its own tests pass (#{TrimmedApp::CHECKS.fetch(@app.name)})",
      *Figures.table([["MB", "stock anon", "trimmed", "saved (95 %)", "stock RSS", "trimmed", "saved (95 %)", "held saved", "boots"], *stages.map { |stage| row(stage) }]), ""
    ]
  end

  # @return [Boolean] whether the trimmed app is smaller at each stage, beyond doubt
  def smaller?
    @app.check && stages.all? { |stage| stage[:anon_interval]&.first&.positive? }
  end

  private

  def stages
    @app.check
    @stages ||= STAGES.fetch(@app.name).map { |name, workload| {stage: name, **measure(Experiment::Workload.new(**workload))} }
  end

  def measure(workload)
    Experiment::Workspace.open(app: @app.stock) do |stock|
      Experiment::Workspace.open(app: @app.trimmed) do |trimmed|
        compare(stock, trimmed, workload)
      end
    end
  end

  def compare(stock, trimmed, workload)
    trials = ShowcaseMemtrim::Trials.new(JSON.generate(target_bytes: 500_000))
    runner = Experiment::Runner.new(stock, trials, progress: Experiment::Progress.new($stderr), workload: workload)
    runner.add(Experiment::Variant.base)
    runner.add(Experiment::Variant.new(name: "trimmed", kind: "checkout", workspace: trimmed))
    runner.run("held")
    runner.run("resident", seconds: @minutes * 60)
    base, other = [0, 1].map { |index| JSON.parse(trials.summary(index), symbolize_names: true) }
    {
      stock: base.slice(:anon_bytes, :rss_bytes, :held_bytes), trimmed: other.slice(:anon_bytes, :rss_bytes, :held_bytes),
      **other.slice(:anon_saved_bytes, :anon_interval, :rss_saved_bytes, :rss_interval, :held_saved_bytes), boots: base[:trials] + other[:trials]
    }
  end

  def row(stage)
    # None where the minutes were too few for eight boots of each.
    interval = ->(name) { stage[:"#{name}_interval"] ? "#{Figures.mb(stage[:"#{name}_saved_bytes"], 1)} (#{stage[:"#{name}_interval"].map { |bytes| Figures.mb(bytes, 1) }.join(" to ")})" : "-" }
    [
      "after #{stage[:stage]}", *[:stock, :trimmed].map { |kind| Figures.mb(stage[kind][:anon_bytes], 1) }, interval.call("anon"),
      *[:stock, :trimmed].map { |kind| Figures.mb(stage[kind][:rss_bytes], 1) }, interval.call("rss"), Figures.mb(stage[:held_saved_bytes], 1), stage[:boots]
    ]
  end
end
