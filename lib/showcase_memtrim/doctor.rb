# frozen_string_literal: true

require_relative "experiment"
require_relative "tuning"
require_relative "doctor/finding"
require_relative "doctor/stake"
require_relative "doctor/rule"
require_relative "doctor/app"
require_relative "doctor/text"

module ShowcaseMemtrim
  # A checklist of settings that make the processes of an app larger than they need be. It reads the app's files and runs
  # nothing of it.
  class Doctor
    # In the order in which a reader meets them: rules/ has a file for each.
    RULES = %w[
      rails_all development_gems left_out_settings eager_load puma_threads puma_workers database_pool yjit log_level log_tags
      production_environment malloc gc_environment main_stack bootsnap_cache cable_server redis_maxmemory resident_parent resident_require
    ].freeze

    RULES.each { |name| require_relative "doctor/rules/#{name}" }

    # What config/memtrim.yml says of a rule. count: findings that are not listed for it.
    Ignored = Struct.new(:name, :reason, :line, :count, keyword_init: true)

    # @param directory [String] the app's
    # @param env [String] RAILS_ENV
    # @param env_file [String, nil] the environment variables that the container has
    # @param facts [Hash] as App takes them: what is measured on this machine
    # @raise [Error] for what can't be read
    def initialize(directory, env:, env_file: nil, **facts)
      @app = App.new(directory, env: env, env_file: env_file, **facts)
    end

    # @return [Array<Finding>] in the order of the rules, without those that are ignored
    # @raise [Error] for what can't be read
    def findings
      @findings ||= all.reject { |finding| ignore.any? { |entry| entry.name == finding.rule } }
    end

    # @return [Array<Ignored>] rules that config/memtrim.yml names
    def ignored
      @ignored ||= ignore.map { |entry| Ignored.new(name: entry.name, reason: entry.reason, line: entry.line, count: all.count { |finding| finding.rule == entry.name }) }
    end

    # Measures what the findings' edits change, from here on part of all that is told.
    #
    # @param workspace [Experiment::Workspace] a copy of the app
    # @param workload [Experiment::Workload] after which it is measured
    # @param seconds [Numeric] for all of it
    # @param options [Hash] of the trials, as Experiment::Runner takes them
    # @raise [Error] when the app as it is does not boot, or does not answer
    def measure(workspace, workload:, seconds:, **options)
      require_relative "doctor/measurement"
      @measured = Measurement.new(workspace, findings, base: Measurement.base(@app), workload: workload, seconds: seconds, env: @app.env, **options).run
    end

    # @return [Array<String>] what a reader should know besides
    def notes
      stale = ignored.select { |entry| entry.count.zero? }
      [
        ("no Dockerfile, Procfile, compose file, unit or config/deploy.yml says how the app is run; --env-file FILE gives the variables that it has there" unless @app.deployment.seen?),
        *stale.map { |entry| "#{Configuration::PATH}:#{entry.line}: #{entry.name} is ignored, and there is no such finding" }
      ].compact
    end

    # @return [String] for people
    def to_s(width = 100)
      Text.new(header, findings, measured: @measured, ignored: ignored.sum(&:count), checked: RULES.size, width: width).to_s
    end

    # @return [Hash] for machines: docs/schema/doctor.json
    def to_h
      {
        schema: 1, app: File.basename(@app.root),
        environment: {rails_env: @app.env, ruby: @app.ruby_version.to_s, rails: @app.rails_version&.to_s, files: @app.deployment.files},
        rules: RULES, findings: findings.map { |finding| of_finding(finding) },
        ignored: ignored.map { |entry| {name: entry.name, reason: entry.reason, findings: entry.count} }, notes: notes
      }
    end

    private

    def all
      @all ||= RULES.flat_map { |name| Rules.const_get(name.split("_").map(&:capitalize).join).new(@app).findings }
    end

    def ignore
      @ignore ||= @app.configuration.ignored.select { |entry| RULES.include?(entry.name) }
    end

    def header
      [File.basename(@app.root), @app.env, "Ruby #{@app.ruby_version}", ("Rails #{@app.rails_version}" if @app.rails_version), "#{RULES.size} rules"].compact
    end

    def of_finding(finding)
      parts = finding.to_h.slice(:rule, :level, :file, :line, :problem, :why, :edit)
      measured = @measured&.fetch(finding, nil)
      parts.merge(stake: {measurable: finding.stake.unknown.nil?, why_not: finding.stake.unknown || measured&.error, **measured.to_h.slice(:saved_bytes, :interval, :request_cpu)})
    end
  end
end
