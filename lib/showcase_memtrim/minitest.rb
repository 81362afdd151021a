# frozen_string_literal: true

require "minitest"
require_relative "guard"

module ShowcaseMemtrim
  module Guard
    # Assertions on how the app boots, in every Minitest::Test. The app is booted in a process of its own, once in a run of
    # the tests; env: is its RAILS_ENV.
    #
    # Sizes are bytes (150.megabytes) or text ("150 MB"), and binary either way. An ArgumentError says what was wrong with
    # one, or with a name. Where memory can't be measured, tests that assert on it are skipped.
    module MinitestAssertions
      # Resident memory: with pages of files that other processes may share.
      def assert_boot_rss_below(limit, env: "production")
        hold_boot(env) { |boot| Limits.one(boot, "rss", limit, Guard.place) }
      end

      # Anonymous memory: what one more process of the app takes.
      def assert_boot_anon_below(limit, env: "production")
        hold_boot(env) { |boot| Limits.one(boot, "anon", limit, Guard.place) }
      end

      # What is live after the boot, objects and malloc alike: exact, so limits can be close.
      def assert_boot_held_below(limit, env: "production")
        hold_boot(env) { |boot| Limits.one(boot, "held", limit, Guard.place) }
      end

      # The limits below budget: in config/memtrim.yml, and growth since memtrim.lock.json.
      def assert_boot_within_budget(env: "production")
        hold_boot(env) { |boot| Limits.of_app(boot) }
      end

      # @param names [Array<String>] as "active_record/railtie"
      def assert_railties_loaded(*names, env: "production")
        hold_boot(env) { |boot| LoadedRailties.new(boot, names) }
      end

      # @param name [String] as "action_mailer/railtie"
      def refute_railtie_loaded(name, env: "production")
        refute_boot(env) { |boot| LoadedRailties.new(boot, [name]) }
      end

      # @param name [String] of a gem in the bundle
      def refute_gem_loaded_at_boot(name, env: "production")
        refute_boot(env) { |boot| LoadedGem.new(boot, name) }
      end

      # config/memtrim.yml defers the gem, no file of it is loaded at boot, and its constants would load it.
      #
      # @param name [String]
      def assert_gem_deferred(name, env: "production")
        hold_boot(env) { |boot| DeferredGem.new(boot, name) }
      end

      private

      def hold_boot(env, &expectation)
        assert_of_boot(env, expectation, :met?, :message)
      end

      def refute_boot(env, &expectation)
        assert_of_boot(env, expectation, :unmet?, :opposite_message)
      end

      def assert_of_boot(env, expectation, question, message)
        expected = nil
        assert(Guard.checked { (expected = expectation.call(AppBoot.of(env))).public_send(question) }, -> { expected.public_send(message) })
      rescue AppBoot::Unmeasurable => error
        skip error.message
      rescue AppBoot::Failed => error
        flunk error.message
      end
    end
  end
end

ShowcaseMemtrim::Guard.begin_run
Minitest::Test.include(ShowcaseMemtrim::Guard::MinitestAssertions)
