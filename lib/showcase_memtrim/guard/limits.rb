# frozen_string_literal: true

require_relative "../size"
require_relative "lock"
require_relative "plan"
require_relative "decision"

module ShowcaseMemtrim
  module Guard
    # Expectation: a boot keeps to limits, that of one assertion or the app's whole budget.
    class Limits
      MEASURES = %w[rss anon held seconds].freeze

      class << self
        # @param measure [String, Symbol] rss, anon, held or seconds
        # @param limit [Numeric, String] bytes ("150 MB", 150.megabytes), or seconds
        # @param place [String, nil] where it stands, as test/memory_test.rb:12
        # @raise [Error] for what is no limit
        def one(boot, measure, limit, place)
          name = measure.to_s
          raise Error, "#{measure.inspect} is nothing that is measured; a limit is one of #{MEASURES.join(", ")}" unless MEASURES.include?(name)
          limit = {measure: name, limit: (name == "seconds") ? seconds(limit) : Size.parse(limit), place: place}.compact
          new(boot, Plan.new(boot.app.directory, limits: [limit], lock: nil)) do |lock|
            # Growth is another assertion's affair; here the baseline only says who has grown.
            Plan.new(boot.app.directory, limits: [limit], lock: lock, blame_only: true)
          end
        end

        # @return [Limits] those of config/memtrim.yml, and growth since the baseline
        # @raise [Error] where there is neither
        def of_app(boot)
          plan = Plan.new(boot.app.directory)
          raise Error, "the app has no budget: write limits below budget: in #{Configuration::PATH}, or a baseline with `memtrim baseline`" unless plan.any?
          new(boot, plan)
        end

        private

        def seconds(value)
          number = value.is_a?(String) ? value[/\A\s*([+-]?\d+(?:\.\d+)?) ?(?:s|seconds)?\s*\z/, 1]&.to_f : (value.to_f if value.respond_to?(:to_f) && !value.nil?)
          return number if number&.finite? && number.positive?
          raise Error, "#{value.inspect[0, 60]} is no time to stay below; write seconds above 0, as in 4.5"
        end
      end

      # @param plan [Plan]
      # @yieldparam lock [Lock, nil] the app's baseline
      # @yieldreturn [Plan] with all that a failure tells besides
      def initialize(boot, plan, &telling)
        @boot = boot
        @decision = Decision.new(boot, plan)
        @telling = telling
      end

      # What is too close to tell passes, with a warning: once in a run for each limit.
      #
      # @return [Boolean]
      def met?
        warn_of_close_ones if @decision.status == "inconclusive"
        @decision.status != "exceeded"
      end

      # @return [String] why it is not met
      def message
        told = @telling ? telling : @decision
        told.render("failure")
      end

      private

      # A baseline that can't be compared says nothing of this boot; `assert_boot_within_budget` is who complains.
      def telling
        lock = Lock.new(@boot.app.directory)
        @decision.with(@telling.call(lock.exist? ? lock : nil))
      rescue Error, ArgumentError
        @decision.with(@telling.call(nil))
      end

      def warn_of_close_ones
        @decision.limits.each do |limit|
          next unless limit[:status] == "inconclusive"
          text = warning(**limit.slice(:measure, :name, :unit, :limit, :measured, :low, :high, :boots, :place))
          warn "memtrim: #{text}" if Run.current.first?(limit.values_at(:measure, :name, :limit, :place).inspect + @boot.env)
        end
      end

      def warning(measure:, name:, unit:, limit:, measured:, low:, high:, boots:, place:)
        figure = ->(value) { (unit == "seconds") ? format("%.1f s", value) : format("%.1f MiB", value / 1048576.0) }
        between = " (#{figure.call(low)} to #{figure.call(high)})" if low && high
        what = [*(place && "#{place}:"), measure, *name].join(" ")
        "#{what}: #{figure.call(measured)} in #{boots} boots#{between} is too close to the limit of #{figure.call(limit)} to tell: passed. A limit for held bytes is exact"
      end
    end
  end
end
