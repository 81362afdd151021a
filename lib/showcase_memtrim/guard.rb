# frozen_string_literal: true

require_relative "../showcase_memtrim"
# All at once, before there are threads: two that load files at once may wait for each other.
require_relative "guard/app_boot"
require_relative "guard/deferred_gem"
require_relative "guard/limits"
require_relative "guard/loaded_gem"
require_relative "guard/loaded_railties"
require_relative "guard/run"

module ShowcaseMemtrim
  # What a test suite holds the app's boots to. showcase_memtrim/minitest and showcase_memtrim/rspec say it in the words of
  # each.
  module Guard
    LIBRARY = File.expand_path("..", __dir__)

    class << self
      # Call it when a suite begins, before anything is forked.
      def begin_run
        Run.current
        ::Spring.after_fork { Run.renew } if defined?(::Spring) && ::Spring.respond_to?(:after_fork)
      end

      # @return [String, nil] the line of the tests that has brought us here, as test/memory_test.rb:12
      def place
        location = caller_locations.find { |each| !ours?(each.path) } or return
        "#{(location.absolute_path || location.path).delete_prefix("#{AppBoot.root}/")}:#{location.lineno}"
      end

      # Bad input is raised where it was written.
      #
      # @yield
      # @raise [ArgumentError] in place of our own errors, but for those of boots
      def checked
        yield
      rescue AppBoot::Failed, AppBoot::Unmeasurable
        raise
      rescue Error, ArgumentError => error
        raise ArgumentError, error.message, caller.reject { |line| ours?(line) }
      end

      private

      def ours?(path)
        path.start_with?("#{LIBRARY}/")
      end
    end
  end
end
