# frozen_string_literal: true

require_relative "../configuration"

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
      # @return [Array<String>] those of the installed rails/all, in its order
      attr_reader :all_railties
      # @return [Array<String>] all that a list may name, in the order in which they are loaded
      attr_reader :known_railties
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

      def initialize(gems:, railties:, environment:, boot_seconds:, all_railties: railties, known_railties: railties, brings: {}, bundle: {})
        @gems = gems
        @railties = railties
        @all_railties = all_railties
        @known_railties = known_railties
        @environment = environment
        @boot_seconds = boot_seconds
        @brings = brings
        @bundle = bundle
      end

      # @return [Float] seconds after which a boot of the app with something left out will not end any more
      def patience
        [TIMES * @boot_seconds, SHORTEST].max
      end

      def names
        gems.keys + railties
      end

      # @param kept [Array<String>] railties
      # @return [Hash{String => String}] what comes with them besides → the one with which
      def brought_by(kept)
        kept.flat_map { |railtie| (@brings.fetch(railtie, []) - kept).map { |other| [other, railtie] } }.to_h
      end

      # @raise [Error] for a name that is none of them, with the nearest one
      def check(given)
        known(given, names) { "no gem that Bundler.require requires here, and no railtie of the app's list" }
      end

      # @raise [Error] for a name that is no railtie of the installed Rails, with the nearest one
      def check_railties(given)
        known(given, known_railties) { |name| gems.key?(name) ? "a gem, and no railtie: --defer takes it" : "no railtie of Rails #{environment[:rails]}" }
      end

      # @raise [Error] for a name that is no gem that could be deferred, with the nearest one
      def check_gems(given)
        known(given, gems.keys) { |name| railties.include?(name) ? "a railtie, and no gem: --railties has the list to load" : "no gem that Bundler.require requires here" }
      end

      def kind(name)
        railties.include?(name) ? "railtie" : "gem"
      end

      private

      # @yieldreturn [String] what an unknown one is not
      def known(given, known)
        unknown = given.find { |name| !known.include?(name) } or return
        raise Error, "#{unknown} is #{yield unknown}#{Configuration.did_you_mean(unknown, known)}"
      end
    end
  end
end
