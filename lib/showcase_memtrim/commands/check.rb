# frozen_string_literal: true

require_relative "command"
require_relative "guarding"

module ShowcaseMemtrim
  module Commands
    # `memtrim check`
    class Check < Command
      include Guarding

      FORMATS = %w[text json markdown github].freeze
      STATUS = {"within" => 0, "exceeded" => 1, "inconclusive" => 2}.freeze

      def run(arguments)
        options.permute!(arguments)
        return 0 if @help
        raise Error, "check takes no #{arguments.first}; its limits stand in #{Configuration::PATH}, below budget:" if arguments.any?
        check_output
        budget = checked
        emit(budget.render(@options[:format], width)) { budget.render("markdown", width) }
        STATUS.fetch(budget.status)
      end

      private

      # @return [Budget] with all that is known
      def checked
        return budget.tap { |budget| refusing { budget.add_recording(open_recording(@options[:recording])) } } if @options[:recording]
        check_platform("checking")
        place = Guard::InPlace.new(@options[:app])
        decided(budget, place)
      end

      # @raise [Error] when there is nothing to hold a boot to, or when it can't be read
      def budget
        lock = Guard::Lock.new(@options[:app], @options[:baseline])
        raise Error, "#{@options[:baseline]}: no such baseline; memtrim baseline -o #{@options[:baseline]} writes it" if @options[:baseline] && !lock.exist?
        plan = Guard::Plan.new(@options[:app], lock: lock)
        raise Error, "neither a budget nor a baseline: write budget: and below it rss: 150 MB to #{Configuration::PATH}, or have memtrim baseline write #{Guard::Lock::NAME}" unless plan.any?
        refusing { ShowcaseMemtrim::Budget.new(plan.to_json) }
      end

      # Boots what is wanted until there is nothing left to decide.
      def decided(budget, place)
        note "booting #{File.basename(@options[:app])} (#{@options[:env]})…" unless budget.wanted == "recording" # which says so itself
        while (wanted = budget.wanted)
          refusing do
            (wanted == "recording") ? budget.add_recording(record_in(place)) : budget.add_trial(JSON.generate(trial_in(place, wanted == "counted")))
          end
        end
        budget
      end

      def options
        parser("check [options]") do |parser|
          guard_options(parser)
          parser.on("--recording FILE", "hold this recording to it, without a boot: what it can't decide is inconclusive") { |file| @options[:recording] = file }
          parser.on("--baseline FILE", "what to compare with (default: #{Guard::Lock::NAME} of the app, if it is there)") { |file| @options[:baseline] = file }
          format_option(parser, FORMATS)
          output_option(parser)
        end
      end
    end
  end
end
