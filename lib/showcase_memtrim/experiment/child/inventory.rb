# frozen_string_literal: true

module ShowcaseMemtrim
  module Experiment
    # What of the app could be left out: the gems that Bundler.require requires, with the top-level constants that each
    # brings, and the railties that the app's list names.
    class Inventory
      class << self
        # Which constants appear while Bundler requires a gem. Call it once Bundler is set up.
        def watch_bundler
          inventory = self
          required = ::Kernel.method(:require)
          ::Kernel.define_singleton_method(:require) do |feature|
            next required.call(feature) unless inventory.from_bundler?
            before = Object.constants
            required.call(feature).tap { inventory.constants[feature] = Object.constants - before }
          end
        end

        # Zeitwerk's and Bootsnap's own require may stand between the two.
        def from_bundler?
          caller_locations(2, 3).any? { |location| location.path.end_with?("bundler/runtime.rb") }
        end

        def constants
          @constants ||= {}
        end

        # @return [Array<String>] gems, and railties by require path, of which something is loaded; more than is asked
        def loaded
          gems = ::Gem.loaded_specs.select do |_, spec|
            $LOADED_FEATURES.any? { |feature| feature.start_with?("#{spec.full_gem_path}/") && !feature.end_with?("/version.rb") }
          end
          gems.keys + $LOADED_FEATURES.filter_map { |feature| feature[%r{/lib/([a-z_]+(?:/[a-z_]+)*/(?:railtie|engine))\.rb\z}, 1] }
        end
      end

      # @return [Hash] gems: name → top-level constants; railties: in the list's order; all_railties: those
      #   of rails/all; known_railties: all that a list may name; environment
      def to_h
        {gems: gems, railties: railties, all_railties: installed&.names || [], known_railties: (installed&.known || []) | railties, environment: environment}
      end

      # @return [Array<String>] that the app's list names, in its order
      def railties
        enforced = ShowcaseMemtrim::Enforcement.current if defined?(ShowcaseMemtrim::Enforcement)
        return enforced.configuration.railties.map(&:name).then { |names| enforced.plan.names & names } if enforced&.plan
        text = File.file?("config/application.rb") ? File.read("config/application.rb") : ""
        text.match?(%r{^\s*require\s*\(?\s*["'](?:rails/all|showcase_memtrim/rails)["']}) ? Railties::List.installed.names : text.scan(Railties::Source::NAME).flatten.uniq
      end

      private

      # @return [Railties::List, nil] nil: a bundle without Rails
      def installed
        @installed ||= (Railties::List.installed if $LOAD_PATH.resolve_feature_path(Railties::List::ALL))
      end

      def gems
        groups = defined?(::Rails.groups) ? ::Rails.groups : [:default, ENV["RAILS_ENV"]&.to_sym]
        dependencies = ::Bundler.load.dependencies.select { |dependency| (dependency.groups & groups).any? && dependency.should_include? }
        dependencies.to_h { |dependency| [dependency.name, DeferredGems.features(dependency)] }
          .select { |name, features| features.any? && ::Gem.loaded_specs.key?(name) }
          .to_h { |name, features| [name, own(name, self.class.constants.values_at(*features).compact.flatten)] }
      end

      # Of the constants that came with a gem, those that its own files define, else (aws-sdk-s3 brings aws-sdk-core's)
      # those of any gem's.
      def own(name, constants)
        placed = constants.to_h { |constant| [constant.to_s, Object.const_source_location(constant)&.first.to_s] }
        mine = placed.select { |_, file| file.start_with?(::Gem.loaded_specs.fetch(name).full_gem_path) || file.empty? }
        mine = placed.select { |_, file| ::Gem.loaded_specs.each_value.any? { |spec| file.start_with?(spec.full_gem_path) } } if mine.empty?
        mine.keys.sort
      end

      def environment
        rails = defined?(::Rails.version) ? ::Rails.version : nil
        {ruby: RUBY_VERSION, rails: rails, platform: RUBY_PLATFORM, allocator: Recorder.allocator, rails_env: ENV["RAILS_ENV"]}
      end
    end
  end
end
