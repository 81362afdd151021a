# frozen_string_literal: true

require_relative "../seeded_app"
require_relative "../../../test/support/app_copy"

module FleetBench
  # The sample app as it is: what two tenants tell of ten.
  class Projection
    AGREES = 0.01
    PROJECTS = 0.05

    def initialize(tenants, variable)
      @tenants = tenants
      @variable = variable
    end

    def to_h
      measured.merge(results: results.map(&:to_h))
    end

    def lines
      few, many = measured.values_at(:few, :many)
      own = few[:own]
      [
        "#{FIRST} tenants of the sample app, then #{@tenants}; their Action Cable server, their Redis · Ruby #{RUBY_VERSION}", "",
        *Figures.table([
          ["MB", "#{FIRST} tenants", "projected to #{@tenants}", "#{@tenants} tenants"],
          ["the servers' memory, each page once", Figures.mb(few[:total], 1), Figures.mb(measured[:projected], 1), Figures.mb(many[:total], 1)],
          ["the sum of their RSS", Figures.mb(few[:rss], 1), Figures.mb(measured[:projected_rss], 1), Figures.mb(many[:rss], 1)],
          ["a tenant's PSS: median", *[few, nil, many].map { |one| one ? Figures.mb(one[:pss]["median"], 1) : "" }],
          ["a tenant's own: median", *[few, nil, many].map { |one| one ? Figures.mb(one[:own]["median"], 1) : "" }],
          ["a tenant's own: range", *[few, nil, many].map { |one| one ? one[:own].values_at("least", "most").map { |bytes| Figures.mb(bytes, 1) }.join(" to ") : "" }],
          ["baseline: cable server and Redis", Figures.mb(few[:shared], 1), "", Figures.mb(many[:shared], 1)],
          ["more that fit, by memtrim fleet", few[:more], "", many[:more]]
        ]),
        "One more tenant took #{Figures.mb((many[:total] - few[:total]).fdiv(@tenants - FIRST), 1)} MB; two told #{Figures.mb(own["mean"], 1)}.",
        "The sum of RSS is #{percent(many[:rss].fdiv(many[:total]) - 1)} more than there is.", ""
      ]
    end

    def results
      projected = measured[:projected].fdiv(measured[:many][:total]) - 1
      [
        *{"all processes" => :off, "the servers" => :off_servers}.map do |what, key|
          off = measured.values_at(:few, :many).map { |reading| reading[key] }.max_by(&:abs)
          Result.new(what: "PSS of #{what} by memtrim fleet, off the sum of smaps_rollup, at most #{percent(AGREES)}", value: percent(off), ok: off.abs <= AGREES)
        end,
        Result.new(what: "projection from #{FIRST} tenants to #{@tenants}, off what these take, at most #{percent(PROJECTS)}", value: percent(projected), ok: projected.abs <= PROJECTS)
      ]
    end

    # Of the bench's own servers: whatever else runs on the machine comes and goes.
    def self.of_servers(column, reading)
      column["total_bytes"] - column["baseline_bytes"] + reading.shared_bytes
    end

    private

    def measured
      @measured ||= Stage.open(app, with_gem, @variable) do |stage|
        stage.tenants(FIRST)
        few = Reading.new(stage, @variable)
        projected = Reading.memtrim(@variable, "--tenants", @tenants.to_s).fetch("today")
        stage.tenants(@tenants)
        many = Reading.new(stage, @variable)
        {
          tenants: @tenants, projected: Projection.of_servers(projected, few), projected_rss: naive(few),
          few: figures(few), many: figures(many)
        }
      end
    end

    # As one does with `ps`.
    def naive(few)
      tenants = few.fleet.dig("totals", "tenants", "rss_bytes")
      few.rss - tenants + tenants / FIRST * @tenants
    end

    def figures(reading)
      each = reading.fleet.fetch("per_tenant")
      {
        total: reading.total, rss: reading.rss, shared: reading.shared_bytes, off: reading.off, off_servers: reading.off_servers,
        pss: each["pss_bytes"], own: each["own_bytes"], more: reading.fleet.dig("room", "more_tenants")
      }
    end

    def percent(share)
      format("%.2f %%", share * 100)
    end

    def app
      SeededApp.new(AppCopy.prepare("tenant"), directory("stock")).seed.directory
    end

    def with_gem
      SeededApp.new(AppCopy.prepare("tenant", in_gemfile: true), directory("cable")).directory
    end

    def directory(kind)
      File.join(AppCopy::ROOT, "tmp/bench/ruby-#{AppCopy::RUBY}/fleet", kind, "tenant")
    end
  end
end
