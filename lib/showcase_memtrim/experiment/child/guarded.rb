# frozen_string_literal: true

require_relative "railtie_states"

module ShowcaseMemtrim
  module Experiment
    # What assertions ask of a booted app besides figures: which railties and gems it has loaded, and how its deferred gems
    # stand.
    class Guarded
      # A gemspec may have read these long before the boot.
      VERSION = %r{/(?:gem_)?version\.rb\z}
      # What a trial loads of ours is none of the app's.
      OURS = "#{File.expand_path("../..", __dir__)}/".freeze

      # @param watch [Railties::Watch] of this boot
      def initialize(watch)
        @watch = watch
        @enforced = ShowcaseMemtrim::Enforcement.current if defined?(ShowcaseMemtrim::Enforcement)
      end

      # @return [Hash] list: the file that lists the railties, nil without Rails; railties: as RailtieStates has them, of all
      #   that a list may name; gems: of the whole bundle, other groups' too; deferred: nil where the app defers nothing
      def to_h
        rails = $LOAD_PATH.resolve_feature_path(Railties::List::ALL)
        states = RailtieStates.new(@watch) if rails
        {list: states&.list, railties: rails ? states.of(Railties::List.installed.known) : [], gems: gems, deferred: deferred}
      end

      private

      # Each with its version and the first of its files that was loaded, nil: none was.
      def gems
        first = first_files
        bundled = ::Gem.loaded_specs.values.map { |spec| {name: spec.name, version: spec.version.to_s, file: first[spec.name]} }
        bundled + locked.reject { |spec| ::Gem.loaded_specs.key?(spec.name) }.map { |spec| {name: spec.name, version: spec.version.to_s, file: nil} }.uniq
      end

      def locked
        ::Bundler.locked_gems&.specs || []
      end

      # @return [Hash{String => String}] gem → path below the gem
      def first_files
        owners = directories
        $LOADED_FEATURES.each_with_object({}) do |feature, first|
          next if feature.start_with?(OURS) || feature.match?(VERSION)
          directory = feature
          while (slash = directory.rindex("/")) && slash.positive?
            directory = directory[0, slash]
            name = owners[directory] or next
            first[name] ||= feature.delete_prefix("#{directory}/")
            break # the innermost: a gem in development may have others below it
          end
        end
      end

      # As Bundler names them, and as they are behind links; native extensions may stand elsewhere.
      def directories
        ::Gem.loaded_specs.each_value.with_object({}) do |spec, owners|
          [spec.full_gem_path, *(spec.extension_dir if spec.extensions.any?)].each do |directory|
            owners[directory] = spec.name
            owners[File.realpath(directory)] = spec.name if File.directory?(directory)
          end
        end
      end

      # Of each gem that config/memtrim.yml defers: whether it does so in this environment, whether it is loaded all the
      # same, by whom, and which of its constants would not load it.
      def deferred
        return unless @enforced
        waiting, loaded = @enforced.gems.names, @enforced.gems.loaded
        @enforced.configuration.deferred.map do |entry|
          use = @enforced.gems.uses.find { |each| each.gem == entry.name }
          {
            name: entry.name, line: entry.line, waits: waiting.include?(entry.name), loaded: loaded.include?(entry.name),
            by: (Callers.describe(use.file, use.line, Dir.pwd) if use&.file), dead: entry.constants.reject { |constant| pending?(constant) }
          }
        end
      end

      # Nothing is loaded for this.
      def pending?(constant)
        feature = Object.autoload?(constant)
        !feature.nil? && (File.file?(feature) || !$LOAD_PATH.resolve_feature_path(feature).nil?)
      end
    end
  end
end
