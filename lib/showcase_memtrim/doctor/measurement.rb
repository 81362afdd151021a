# frozen_string_literal: true

require "json"
require "rbconfig"
require "shellwords"
require_relative "../experiment"
require_relative "../tuning"
require_relative "stake"

module ShowcaseMemtrim
  class Doctor
    # What the findings' edits really change: the app as it is and the app with each edit, in fresh processes of a copy.
    class Measurement
      # Processes of a script's features, of each kind; they differ little.
      PROGRAMS = 5
      # Half the width of an interval around 0 with which a difference of any size that matters would have been seen.
      SMALL = 1 << 20

      # saved_bytes: of anonymous memory, and the ends of its 95 % interval. request_cpu: CPU of the requests, against the
      # app as it is ("change", "low", "high": shares), nil where none were made. error: why it can't be told.
      Measured = Struct.new(:saved_bytes, :interval, :request_cpu, :error, keyword_init: true) do
        # @return [Boolean, nil] whether it saves or costs anything; nil: that is not told apart from nothing
        def any?
          return if interval.nil?
          return true unless 0.between?(*interval)
          ((interval.last - interval.first) / 2.0 > SMALL) ? nil : false
        end
      end

      # The app as it is run: what the files that say so set of what bears on memory, and its threads. Libraries that this
      # machine does not have can't be preloaded here.
      #
      # @param app [App]
      # @return [Experiment::Variant]
      def self.base(app)
        set = app.deployment.environment.to_a.select { |variable| variable.sure && variable.value && variable.name.match?(Tuning::Stock::OURS) }
        stock = Tuning::Stock.new(variables: set.to_h { |variable| [variable.name, variable.value] })
        Experiment::Variant.base.tap do |base|
          base.variables = stock.variables
          base.preload = stock.preload.select { |library| File.file?(library) }
          base.threads = app.puma&.threads&.number
        end
      end

      # @param findings [Array<Finding>]
      # @param base [Experiment::Variant] the app as it is
      # @param workload [Experiment::Workload] after which it is measured
      # @param seconds [Numeric] for all of it
      # @param options [Hash] of the trials, as Experiment::Runner takes them
      def initialize(workspace, findings, base:, workload:, seconds:, **options)
        @workspace = workspace
        @findings = findings
        @base = base
        @seconds = seconds
        @options = {workload: workload, **options}
      end

      # @return [Hash{Finding => Measured}] of those that can be measured
      # @raise [Error] when the app as it is can't be
      def run
        programs.merge(variants)
      end

      private

      def programs
        @findings.select { |finding| finding.stake.programs }.to_h { |finding| [finding, program(*finding.stake.programs)] }
      end

      # In turn, so that whatever else the machine does falls on both.
      def program(now, then_)
        both = Array.new(PROGRAMS) { [anon_of(now), then_ ? anon_of(then_) : 0] }
        saved, low, high = Statistics.difference(both.map(&:last), both.map(&:first))
        Measured.new(saved_bytes: saved.round, interval: [low.round, high.round])
      rescue Error => error
        Measured.new(error: error.message)
      end

      def anon_of(features)
        requires = features.map { |feature| "-r#{Shellwords.escape(feature)}" }
        variant = Experiment::Variant.base(command: [Shellwords.escape(RbConfig.ruby), "-rbundler/setup", *requires, "-e0"].join(" "))
        trial = Experiment::Trial.new(@workspace, variant, counted: false, **@options.slice(:env, :timeout).compact).run
        raise Error, trial[:error] if trial[:error]
        trial.dig(:figures, :anon_bytes)
      end

      # Several findings may have the same edit.
      def variants
        wanted = @findings.select { |finding| finding.stake.variant }
        return {} if wanted.empty?
        @trials = Trials.new("{}")
        runner = Experiment::Runner.new(@workspace, @trials, **@options)
        runner.add(@base)
        numbers = wanted.map { |finding| with_base(finding.stake.variant) }.uniq(&:key).to_h { |variant| [variant.key, runner.add(variant)] }
        runner.run("resident", seconds: @seconds)
        wanted.to_h { |finding| [finding, measured(numbers.fetch(with_base(finding.stake.variant).key))] }
      end

      # The edit, in the app as it is.
      def with_base(variant)
        variant.dup.tap do |edited|
          edited.variables = @base.variables.merge(variant.variables)
          edited.preload = @base.preload | variant.preload
          edited.threads = variant.threads || @base.threads
        end
      end

      def measured(number)
        summary = JSON.parse(@trials.summary(number), symbolize_names: true)
        return Measured.new(error: summary.values_at(:error, :line).compact.join(", in ")) if summary[:boots] == false
        return Measured.new(error: "too few boots in the time; --minutes gives it more") unless summary[:anon_interval]
        Measured.new(saved_bytes: summary[:anon_saved_bytes], interval: summary[:anon_interval], request_cpu: summary[:request_cpu])
      end
    end
  end
end
