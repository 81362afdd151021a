# frozen_string_literal: true

require "yaml"
require_relative "check"
require_relative "deferrals"
require_relative "proof"
require_relative "search"

module ShowcaseMemtrim
  module Experiment
    # The smallest list of railties and the largest deferral of gems with which an app boots and passes its check.
    class Minimal
      # @param railties [Array<String>, nil] to have: only the others may be left out
      # @param defer [Array<String>, nil] gems: only these may be deferred; with either of the two, nothing else goes
      # @param check [String, nil] a command that passes when the app works
      # @param options [Hash] of every trial, as Trial takes them
      def initialize(workspace, railties: nil, defer: nil, check: nil, resident: true, seconds: 120, store: nil, progress: Progress.new(nil), jobs: nil, **options)
        @workspace = workspace
        @wanted = railties
        @defer = defer
        @check = check && Check.new(workspace, check)
        @command = check
        @resident = resident
        @seconds = seconds
        @progress = progress
        @options = options
        @store = store
        @jobs = jobs
        @unsafe = {}
        @why = {}
        @boots = {}
        @trials = Trials.new("{}")
      end

      # @return [Candidates] of the app
      attr_reader :candidates

      # @return [Array<String>] what can be left out, in no order; some of it may be loaded all the same
      attr_reader :left_out

      # @param measure [Boolean] also what that saves
      # @return [Minimal] itself, with a result
      # @raise [Error] when the app does not boot, or its check fails, with nothing left out; for an unknown name
      def run(measure: true)
        @candidates = Candidates.of(@workspace, **@options)
        @names = names
        @runner = runner(@trials, store: @store)
        check_as_it_is
        able = deferrable
        @left_out = largest_that_passes(able.keys, largest_that_boots(able))
        @loaded = @left_out.empty? ? [] : @left_out & detail(@left_out, :loaded)
        @saving = measure ? saving : {}
        self
      end

      # @return [Array<String>] the list, in its order
      def railties
        @candidates.railties - @left_out
      end

      # @return [Hash{String => Array<String>}] gem → constants
      def deferred
        leave_out(@left_out).select { |name, _| @candidates.gems.key?(name) }
      end

      # @return [Hash{String => String}] what is kept → why
      def kept
        (@names - @left_out).to_h { |name| [name, @unsafe[name] || comes_with(name) || @why.fetch((@left_out + [name]).sort)] }
      end

      def to_h
        {
          schema: 1, app: File.basename(@workspace.app), environment: @candidates.environment, check: @command,
          railties: railties, defer: deferred, loaded_anyway: loaded, kept: kept.map { |name, why| {name: name, kind: @candidates.kind(name), why: why} }
        }.merge(@saving.slice("held_saved_bytes", "anon_saved_bytes", "anon_interval", "rss_saved_bytes", "rss_interval", "trials").transform_keys(&:to_sym))
      end

      # @return [Array<String>] what is left out and loaded all the same, by what is kept
      attr_reader :loaded

      # @return [String] config/memtrim.yml
      def to_s
        [*comments, YAML.dump("railties" => railties).sub("---\n", ""), *notes("railtie"), "", defer_yaml, *notes("gem"), ""].compact.join("\n").gsub(/\n{3,}/, "\n\n")
      end

      private

      # What may be left out.
      def names
        return @candidates.names - ["showcase_memtrim"] unless @wanted || @defer # which is what leaves the others out
        @candidates.check_railties(@wanted || [])
        @candidates.check_gems(@defer || [])
        (@wanted ? @candidates.railties - @wanted : []) + (@defer || [])
      end

      def check_as_it_is
        return unless @check
        @progress.say "checking the app as it is: #{@command}"
        failure = @check.failure({})
        raise Error, "`#{@command}` fails with nothing left out: #{failure}" if failure
      end

      # Gems that work when their constants are first used, and not before. The others are kept.
      def deferrable
        @runner.add(Variant.base)
        @indices = @names.to_h { |name| [name, @runner.add(variant([name]))] }
        @runner.run("held", details: [:shape])
        booting = @names.select { |name| @trials.boots?(@indices.fetch(name)) }
        railties, gems = booting.partition { |name| @candidates.railties.include?(name) }
        deferrals = Deferrals.new(@workspace, @candidates) { |sets| told(sets) }.of(gems, beside: railties)
        @unsafe = deferrals.reject { |_, deferral| deferral.safe? }.transform_values(&:why)
        @indices.reject { |name, _| @unsafe.key?(name) }
      end

      # As a trial of the comparison told, if there was one in this run.
      def told(sets)
        known = sets.to_h { |names| [names, (@runner.detail(@indices.fetch(names.first, 0), :shape) if names.size < 2)] }
        unknown = known.select { |_, shape| shape.nil? }.keys
        tried = unknown.zip(@runner.try(unknown.map { |names| variant(names) }, details: [:shape])).to_h
        sets.map { |names| tried[names] || {details: {shape: known.fetch(names)}} }
      end

      # A railtie may seem to go that another one brings in again. So first whatever boots; then, of what that really
      # leaves out, more and more.
      def largest_that_boots(able)
        @progress.say "looking for what the app boots without"
        failing = able.reject { |_, index| @trials.boots?(index) }.keys
        found = Search.new(able.keys, at_once: @runner.jobs) { |sets| boot?(sets) }.largest(needed: failing)
        Search.new(able.keys, at_once: @runner.jobs) { |sets| whole(sets) { |some| boot?(some) } }.largest(needed: able.keys - really(found))
      end

      # Of all that could go, what also passes: most often what boots does, at the first run.
      def largest_that_passes(able, booting)
        @progress.say "checking without #{booting.size} of #{@names.size}: #{@command}" if @check
        Search.new(able) { |sets| whole(sets) { |some| some.map { |left_out| boot?([left_out]).first && passes?(left_out) } } }.largest(needed: able - booting)
      end

      # Asks only of sets that can be left out as they are.
      def whole(sets)
        possible = sets.select { |left_out| really(left_out) == left_out }
        passed = possible.zip(possible.any? ? yield(possible) : []).to_h
        sets.map { |left_out| passed.fetch(left_out, false) }
      end

      # @return [String, nil] why a railtie is loaded though the app could do without it
      def comes_with(name)
        by = @candidates.brought_by(railties - [name])[name] if @candidates.railties.include?(name)
        "it comes with #{by}" if by
      end

      # Of a set, what its members that are kept do not bring in again: that is loaded, in its place of the list.
      def really(names)
        names - @candidates.brought_by(@candidates.railties - names).keys
      end

      def boot?(sets)
        sets = sets.map { |left_out| really(left_out) }.map(&:sort)
        unknown = sets.uniq.reject { |left_out| @boots.key?(left_out) }
        unknown.zip(@runner.try(unknown.map { |left_out| variant(left_out) })).each do |left_out, outcome|
          @boots[left_out] = !outcome.key?(:error)
          @why[left_out] = "without it, the boot fails: #{outcome[:error]}#{" (#{outcome[:line]})" if outcome[:line]}" if outcome[:error]
        end
        sets.map { |left_out| @boots.fetch(left_out) }
      end

      def passes?(left_out)
        return true unless @check
        left_out = really(left_out).sort
        failure = @check.failure(leave_out(left_out))
        @why[left_out] = "without it, the check fails: #{failure}" if failure
        failure.nil?
      end

      def detail(names, kind)
        trial = @runner.try([variant(names)], details: [kind]).first
        trial.dig(:details, kind) || raise(Error, "nothing can be proved of this app: it boots only sometimes: #{trial[:error]}")
      end

      def variant(names, together: false)
        kind = (names.size == 1) ? @candidates.kind(names.first) : "set"
        Variant.new(name: together ? "together" : names.join(" + "), kind: kind, leave_out: leave_out(names), together: together)
      end

      def leave_out(names)
        really(names).to_h { |name| [name, @candidates.gems.fetch(name, [])] }
      end

      def runner(trials, store: nil)
        Runner.new(@workspace, trials, store: store, progress: @progress, jobs: @jobs, timeout: @candidates.patience, **@options)
      end

      def saving
        return {} if @left_out.empty?
        trials = Trials.new("{}")
        both = runner(trials)
        [Variant.base, variant(@left_out, together: true)].each { |each| both.add(each) }
        both.run("held")
        both.run("resident", seconds: @seconds) if @resident
        JSON.parse(trials.summary(1))
      end

      def comments
        environment = @candidates.environment
        [
          "# config/memtrim.yml, by `memtrim prove --minimal#{" --check #{@command.inspect}" if @command}`: the app boots#{" and passes" if @command},",
          "# and nothing more can be left out. #{environment[:rails_env]}, Ruby #{environment[:ruby]}, Rails #{environment[:rails]}.",
          *savings
        ]
      end

      def savings
        return ["# It needs all that it loads."] if @left_out.empty?
        lines = ["# Saves #{mib("held_saved_bytes")} MiB held"]
        lines << "#{mib("anon_saved_bytes")} MiB anon (95 %: #{@saving["anon_interval"].map { |bytes| format("%.1f", bytes / 1048576.0) }.join(" to ")})" if @saving["anon_interval"]
        ["#{lines.join(", ")}."]
      end

      def mib(name)
        format("%.1f", @saving.fetch(name) / 1048576.0)
      end

      def defer_yaml
        deferred.empty? ? "defer: {}" : YAML.dump("defer" => deferred).sub("---\n", "")
      end

      def notes(kind)
        of = kept.select { |name, _| @candidates.kind(name) == kind }
        anyway = loaded.select { |name| @candidates.kind(name) == kind }
        lines = anyway.empty? ? [] : ["# left out, and loaded all the same by what is kept: #{anyway.join(", ")}"]
        of.empty? ? lines : [*lines, "# kept:", *of.map { |name, why| "#   #{name}: #{why}" }]
      end
    end
  end
end
