# frozen_string_literal: true

require "rspec/core"
require "rspec/expectations"
require_relative "guard"

module ShowcaseMemtrim
  module Guard
    # Matchers for how the app boots, in every example: `expect(boot).to use_less_than(150.megabytes).of(:rss)`. The app is
    # booted in a process of its own, once in a run of the specs.
    #
    # Sizes are bytes (150.megabytes) or text ("150 MB"), and binary either way. An ArgumentError says what was wrong with
    # one, or with a name. Where memory can't be measured, examples that ask for it are pending.
    module RSpecMatchers
      # One matcher, over one of the expectations.
      class Matcher
        include ::RSpec::Matchers::Composable

        # @return [String]
        attr_reader :description

        # @yieldparam boot [AppBoot]
        # @yieldreturn [Limits, LoadedRailties, LoadedGem, DeferredGem]
        def initialize(description, &expectation)
          @description = description
          @expectation = expectation
        end

        def matches?(boot)
          ask(boot, :met?)
        end

        def does_not_match?(boot)
          ask(boot, :unmet?)
        end

        def failure_message
          @expected.message
        end

        def failure_message_when_negated
          @expected.opposite_message
        end

        private

        def ask(boot, question)
          Guard.checked do
            raise Error, "expect(boot).to #{description}, not expect(#{boot.class})" unless boot.is_a?(AppBoot)
            @expected = @expectation.call(boot)
            raise Error, "`not_to #{description}` says nothing: a limit holds from above" unless @expected.respond_to?(question)
            @expected.public_send(question)
          end
        rescue AppBoot::Unmeasurable => error
          Object.new.extend(::RSpec::Core::Pending).skip(error.message)
        rescue AppBoot::Failed => error
          ::RSpec::Expectations.fail_with(error.message)
        end
      end

      # A limit of something that is still to be said.
      class UseLessThan < Matcher
        def initialize(limit)
          @limit = limit
          @place = Guard.place
          super("use less than #{limit}") { |boot| Limits.one(boot, of_what, @limit, @place) }
        end

        # @param measure [Symbol] :rss, :anon, :held, or :seconds
        def of(measure)
          @measure = measure
          @description = "use less than #{@limit} of #{measure}"
          self
        end

        private

        def of_what
          @measure || raise(Error, "less than #{@limit} of what? use_less_than(150.megabytes).of(:rss), or of #{(Limits::MEASURES - ["rss"]).map { |name| ":#{name}" }.join(", ")}")
        end
      end

      # @param env [String] RAILS_ENV
      # @return [AppBoot] of this run
      def boot(env: "production")
        Guard.checked { AppBoot.of(env) }
      end

      # @param limit [Numeric, String] bytes or text; seconds, of :seconds
      # @return [UseLessThan] of what: its #of says it
      def use_less_than(limit)
        UseLessThan.new(limit)
      end

      # The limits below budget: in config/memtrim.yml, and growth since memtrim.lock.json.
      def be_within_budget
        Matcher.new("be within its budget") { |boot| Limits.of_app(boot) }
      end

      # @param names [Array<String>] as "active_record/railtie"; all of them, or with `not_to` none of them
      def load_railties(*names)
        Matcher.new("load #{names.join(", ")}") { |boot| LoadedRailties.new(boot, names) }
      end
      alias_method :load_railtie, :load_railties

      # @param name [String] of a gem in the bundle
      def load_gem(name)
        Matcher.new("load #{name}") { |boot| LoadedGem.new(boot, name) }
      end

      # config/memtrim.yml defers the gem, no file of it is loaded at boot, and its constants would load it.
      #
      # @param name [String]
      def defer_gem(name)
        Matcher.new("defer #{name}") { |boot| DeferredGem.new(boot, name) }
      end
    end
  end
end

ShowcaseMemtrim::Guard.begin_run
RSpec.configure { |config| config.include ShowcaseMemtrim::Guard::RSpecMatchers }
