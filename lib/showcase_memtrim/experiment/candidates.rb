# frozen_string_literal: true

module ShowcaseMemtrim
  module Experiment
    # What of an app could be left out, as its own boot tells.
    class Candidates
      # A boot without something takes about as long as the first one, which filled Bootsnap's cache.
      TIMES, SHORTEST = 5, 20

      # @return [Hash{String => Array<String>}] gems that Bundler.require requires → the constants that each brings
      attr_reader :gems
      # @return [Array<String>] in the order of the app's list
      attr_reader :railties
      # @return [Hash] ruby, rails, platform, allocator, rails_env
      attr_reader :environment
      # @return [Hash{String => Hash}] every gem of the bundle → version, directory, needed_by, groups (nil: it is not in
      #   the Gemfile), features (that the Gemfile names), same_in_app (files of the app's that stand for its constants)
      attr_reader :bundle

      # Boots the app once as it is; that also fills Bootsnap's cache.
      #
      # @raise [Error] when it does not boot
      def self.of(workspace, **options)
        trial = Trial.new(workspace, Variant.base, counted: true, details: [:inventory], **options).run
        raise Error, "the app does not boot: #{trial.values_at(:error, :line).compact.join(", in ")}" if trial[:error]
        new(**trial.dig(:details, :inventory), boot_seconds: trial.dig(:figures, :boot_seconds))
      end

      def initialize(gems:, railties:, environment:, boot_seconds:, bundle: {})
        @gems = gems
        @railties = railties
        @environment = environment
        @boot_seconds = boot_seconds
        @bundle = bundle
      end

      # @return [Float] seconds after which a boot of the app with something left out will not end any more
      def patience
        [TIMES * @boot_seconds, SHORTEST].max
      end

      def names
        gems.keys + railties
      end

      # @raise [Error] for a name that is none of them, with the nearest one
      def check(given)
        unknown = given.find { |name| !names.include?(name) } or return
        near = DidYouMean::SpellChecker.new(dictionary: names).correct(unknown).first if defined?(DidYouMean::SpellChecker)
        raise Error, "#{unknown} is no gem that Bundler.require requires here, and no railtie of the app's list#{"; did you mean #{near}?" if near}"
      end

      def kind(name)
        railties.include?(name) ? "railtie" : "gem"
      end
    end
  end
end
