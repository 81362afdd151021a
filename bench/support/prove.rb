# frozen_string_literal: true

require "json"
require_relative "bench_app"
require_relative "figures"
require_relative "prove/planted_app"
require_relative "result"

# What bench/prove shows, section by section.
module Prove
  # Experiments by the gem's own engine on an app with planted gems.
  class Experiments
    Experiment = ShowcaseMemtrim::Experiment

    private

    # Booted once: with a cold cache of Bootsnap's a boot ends 20 MB larger.
    def app
      @@app ||= PlantedApp.workspace.tap { |workspace| Experiment::Candidates.of(workspace) }
    end

    # One experiment.
    #
    # @param leave_out [Hash{String => Array<String>}] variants by name, each with what it leaves out
    # @return [Hash{String => Hash}] summaries by name
    def compare(leave_out, what: %w[resident], **plan)
      trials = ShowcaseMemtrim::Trials.new(JSON.generate(plan))
      runner = Experiment::Runner.new(app, trials, progress: Experiment::Progress.new($stderr))
      runner.add(Experiment::Variant.base)
      leave_out.each { |name, names| runner.add(Experiment::Variant.new(name: name, kind: "set", leave_out: names.to_h { |each| [each, []] })) }
      what.each { |each| runner.run(each) }
      leave_out.keys.each_with_index.to_h { |name, index| [name, JSON.parse(trials.summary(index + 1))] }
    end

    def mb(bytes)
      Figures.mb(bytes, 2)
    end

    def interval(summary)
      "#{mb(summary["anon_saved_bytes"])} (#{summary["anon_interval"].map { |bytes| mb(bytes) }.join(" to ")})"
    end
  end

  # The same app against itself.
  class Same < Experiments
    TIMES, LEAST = 20, 19

    def results
      found = Array.new(TIMES) { compare({"nothing" => []}, target_bytes: 1_500_000).fetch("nothing") }
      blank = found.count { |summary| 0.between?(*summary["anon_interval"]) }
      [Result.new(what: "experiments of the app against itself that find no difference", value: "#{blank} of #{TIMES}, at least #{LEAST}; #{found.map { |summary| mb(summary["anon_saved_bytes"]) }.join(" ")} MB anon", ok: blank >= LEAST)]
    end
  end

  # One experiment, again and again: each run's estimate within each other run's interval.
  class Again < Experiments
    TIMES, LEAST = 10, 0.9

    def results
      found = Array.new(TIMES) { compare({"ballast" => %w[ballast]}, target_bytes: 1_500_000).fetch("ballast") }
      pairs = found.permutation(2).to_a
      inside = pairs.count { |one, other| one["anon_saved_bytes"].between?(*other["anon_interval"]) }
      share = inside.fdiv(pairs.size)
      [Result.new(what: "runs of one experiment inside the intervals of the others", value: "#{inside} of #{pairs.size} pairs, at least #{LEAST}; #{found.map { |summary| interval(summary) }.join(", ")} MB anon", ok: share >= LEAST)]
    end
  end

  # Gems that hold exactly so much, or nothing but garbage while they load.
  class Planted < Experiments
    HELD, ANON = 30_000, 400_000

    def results
      found = compare({"ballast" => %w[ballast], "litter" => %w[litter]}, what: %w[held resident], target_bytes: 400_000, max_trials: 60)
      PlantedApp::HOLDS.flat_map do |gem, bytes|
        summary = found.fetch(gem)
        anon = summary["anon_saved_bytes"]
        [
          Result.new(what: "#{gem}, which holds #{mb(bytes)} MB, in held bytes", value: "#{Figures.mb(summary["held_saved_bytes"])} MB, within #{mb(HELD)}", ok: (summary["held_saved_bytes"] - bytes).abs <= HELD),
          Result.new(what: "#{gem} in anon", value: "#{interval(summary)} MB of #{summary["trials"]} trials, within #{mb(ANON)}", ok: (anon - bytes).abs <= ANON && bytes.between?(*summary["anon_interval"]))
        ]
      end
    end
  end

  # `memtrim prove` as a user runs it.
  class Command
    MEMTRIM = File.join(BenchApp::ROOT, "bin/memtrim")

    private

    def memtrim(*arguments)
      started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      output = IO.popen([RbConfig.ruby, MEMTRIM, *arguments, "--format", "json"], &:read)
      raise "memtrim #{arguments.join(" ")} failed" unless $?.success?
      [JSON.parse(output), Process.clock_gettime(Process::CLOCK_MONOTONIC) - started]
    end

    def content(directory)
      files = Dir.glob("**/*", File::FNM_DOTMATCH, base: directory).map { |path| File.join(directory, path) }.select { |path| File.file?(path) }
      files.to_h { |file| [file, [File.binread(file).hash, File.mtime(file)]] }
    end
  end

  # All candidates of the sample app.
  class Candidates < Command
    HELD_SECONDS, ALL_SECONDS = 120, 480

    def results
      app = BenchApp.find("tenant").directory
      before = content(app)
      held, held_seconds = memtrim("prove", "--app", app, "--held", "--fresh")
      all, all_seconds = memtrim("prove", "--app", app, "--fresh")
      changed = content(app).reject { |file, state| before[file] == state }
      widths = all["results"].filter_map { |row| row["anon_interval"]&.then { |low, high| (high - low) / 2.0 } }
      [
        Result.new(what: "tenant, #{held["results"].size} candidates and sets in held bytes", value: "#{held_seconds.round} s, at most #{HELD_SECONDS}", ok: held_seconds <= HELD_SECONDS),
        Result.new(what: "with anon intervals (± #{Figures.mb(Figures.median(widths), 2)} MB, the median of #{widths.size})", value: "#{all_seconds.round} s, at most #{ALL_SECONDS}", ok: all_seconds <= ALL_SECONDS),
        Result.new(what: "files of the app that changed", value: changed.empty? ? "none of #{before.size}" : changed.keys.join(", "), ok: changed.empty?)
      ]
    end
  end

  # The smallest configuration of each app, and every further thing tried on top of it.
  class Minimal < Command
    CHECKS = {"tenant" => "bin/rails test", "api" => "bundle exec rspec"}.freeze
    # Others are kept because they are not safe to defer, whatever the check says.
    TRIED = /\Awithout it, the (?:boot|check) fails/

    def results
      CHECKS.flat_map { |name, check| of(BenchApp.find(name), check) }
    end

    private

    def of(app, check)
      found, seconds = memtrim("prove", "--app", app.directory, "--minimal", "--check", check, "--held", "--fresh")
      @app, @check = app, ShowcaseMemtrim::Experiment::Check.new(app.workspace, check)
      left_out = found["defer"].merge((app.railties - found["railties"]).to_h { |name| [name, []] })
      tried = found["kept"].select { |kept| kept["why"].match?(TRIED) }.map { |kept| kept["name"] }
      further = tried.select { |name| passes?(left_out.merge(name => app.constants.fetch(name, []))) }
      [
        Result.new(what: "#{app.name}, smallest configuration: #{found["railties"].size} railties listed, #{found["defer"].size} gems deferred", value: "#{Figures.mb(found["held_saved_bytes"], 2)} MB held saved, found in #{seconds.round} s", ok: true),
        Result.new(what: "#{app.name} boots and passes `#{check}` with it", value: passes?(left_out) ? "yes" : "no", ok: passes?(left_out)),
        Result.new(what: "#{app.name}, further things that could go, of #{tried.size} tried", value: further.empty? ? "none" : further.join(", "), ok: further.empty?)
      ]
    end

    def passes?(left_out)
      experiment = ShowcaseMemtrim::Experiment
      variant = experiment::Variant.new(name: "", kind: "set", leave_out: left_out)
      !experiment::Trial.new(@app.workspace, variant, counted: true).run.key?(:error) && @check.failure(left_out).nil?
    end
  end

  SECTIONS = {"same" => Same, "again" => Again, "planted" => Planted, "candidates" => Candidates, "minimal" => Minimal}.freeze
end
