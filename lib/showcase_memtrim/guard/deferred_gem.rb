# frozen_string_literal: true

require_relative "../configuration"
require_relative "loaded_gem"

module ShowcaseMemtrim
  module Guard
    # Expectation: config/memtrim.yml defers a gem, the boot has not loaded it, and its constants would.
    class DeferredGem
      # @param name [String]
      def initialize(boot, name)
        @boot = boot
        @name = name.to_s
      end

      # @return [Boolean]
      # @raise [Error] for a name that the bundle does not have
      def met?
        reason.nil?
      end

      def unmet?
        !met?
      end

      # @return [String] why it is not met
      def message
        "#{@name} is not deferred in #{@boot.env}: #{reason}"
      end

      # @return [String] why it is met
      def opposite_message
        "#{@name} is deferred in #{@boot.env}, by #{place}. Delete that line to have it loaded at boot"
      end

      private

      def reason
        gem = LoadedGem.told(@boot, @name)
        return nowhere unless deferred
        return "its group is not loaded there, so #{place} has no effect" unless deferred[:waits]
        return "#{place} defers it, and #{deferred[:by] || "somebody"} loads it at boot all the same" if deferred[:loaded] || deferred[:by]
        return "#{place} defers it, and a file of it is loaded at boot all the same (#{gem[:file]}); memtrim explain #{@name} says by whom" if gem[:file]
        "#{place}: #{deferred[:dead].join(", ")} would not load it; somebody else defines or removes that constant" if deferred[:dead].any?
      end

      def nowhere
        configured = @boot.parts[:deferred]
        add = "`memtrim defer #{@name} --write` puts it there"
        return "config/application.rb requires no showcase_memtrim/rails, or there is no #{Configuration::PATH}; #{add}" if configured.nil?
        "#{Configuration::PATH} does not name it below defer:; #{add}"
      end

      def deferred
        @deferred ||= @boot.parts[:deferred]&.find { |gem| gem[:name] == @name }
      end

      def place
        "#{Configuration::PATH}:#{deferred[:line]}"
      end
    end
  end
end
