# frozen_string_literal: true

module ShowcaseMemtrim
  class LeftOutRailties
    # Rails has controllers of its own (Rails::HealthController) and loads them eagerly from 7.2 on, whether there is an
    # Action Controller for them or not. Without it that would be the end of every boot in production.
    class RailsControllers
      RAILTIE = "action_controller/railtie"

      # @param sources [Array<Railties::Source>] those that are left out, at any time
      def initialize(sources)
        @sources = sources
      end

      # All that Rails loads eagerly by itself are controllers.
      def skip
        controllers = self
        ::Rails.singleton_class.prepend(Module.new do
          define_method(:eager_load!) { super() unless controllers.skipped? }
        end)
      end

      # @return [Boolean] whether there is still no Action Controller
      def skipped?
        @sources.any? { |source| source.name == RAILTIE }
      end
    end
  end
end
