# frozen_string_literal: true

require "json"
require_relative "../native"
require_relative "../plain_json"

module ShowcaseMemtrim
  module Guard
    # Whether a run's boots keep to some limits: as many of them are made as that takes, and those that others have made
    # are taken first.
    class Decision
      # @param boot [AppBoot]
      # @param plan [#to_json] as ShowcaseMemtrim::Budget takes it
      def initialize(boot, plan)
        @boot = boot
        @plan = plan
      end

      # @return [String] within, exceeded or inconclusive
      # @raise [ArgumentError] for a plan that can't be followed
      # @raise [AppBoot::Failed]
      # @raise [AppBoot::Unmeasurable]
      def status
        budget.status
      end

      # @param format [String] as ShowcaseMemtrim::Budget#render
      def render(format, width = 100)
        budget.render(format, width)
      end

      # @return [Array<Hash>] of each limit what was measured
      def limits
        JSON.parse(render("json"), symbolize_names: true).fetch(:limits)
      end

      # @param plan [#to_json] another one
      # @return [Decision] on the same boots, and no others
      def with(plan)
        budget
        told = @told
        Decision.new(@boot, plan).tap { |other| other.send(:take, told) }
      end

      private

      def budget
        @budget ||= decide
      end

      def decide
        budget = Budget.new(@plan.to_json)
        @told = []
        numbers = Hash.new(-1)
        while (wanted = budget.wanted)
          told = (wanted == "recording") ? @boot.recording : @boot.measured(wanted, numbers[wanted] += 1)
          if told.is_a?(Hash) && told[:cold]
            glance = tell(Budget.new(@plan.to_json), told)
            next unless glance.wanted.nil? && glance.status == "within"
            budget = glance
          else
            tell(budget, told)
          end
          @told << told
        end
        budget
      end

      def take(told)
        @told = told
        @budget = told.reduce(Budget.new(@plan.to_json)) { |budget, each| tell(budget, each) }
      end

      def tell(budget, told)
        told.is_a?(Hash) ? budget.add_trial(PlainJson.of(told.slice(:counted, :figures))) : budget.add_recording(told)
        budget
      end
    end
  end
end
