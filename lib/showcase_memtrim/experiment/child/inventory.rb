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

      # @return [Hash] gems: name → top-level constants; railties: in the list's order; all_railties: those of rails/all;
      #   known_railties: all that a list may name; brings: railtie → those that it requires; environment; bundle: every
      #   gem of it → what of it matters here
      def to_h
        known = (installed&.known || []) | railties
        {
          gems: gems, railties: railties, all_railties: installed&.names || [], known_railties: known,
          brings: known.to_h { |name| [name, installed ? installed.brings(name) : []] }, environment: environment, bundle: bundle
        }
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

      # Of each gem its version, its directory, which gems need it, its groups in the Gemfile (nil: it is not there), the
      # files that Bundler requires, and the app's own files (those that Zeitwerk has) of the constants' names.
      def bundle
        listed = ::Bundler.load.dependencies.to_h { |dependency| [dependency.name, dependency] }
        constants = gems
        ::Gem.loaded_specs.to_h do |name, spec|
          [name, {
            version: spec.version.to_s, directory: spec.full_gem_path, needed_by: needed_by(name), groups: listed[name]&.groups,
            features: listed[name] ? Array(listed[name].autorequire).grep(String) : [], same_in_app: constants.fetch(name, []).filter_map { |constant| app_file(constant) }
          }]
        end
      end

      # A file of the app's, at the root of an autoload path, whose name stands for the constant.
      def app_file(constant)
        return unless defined?(::Rails.autoloaders) && ::Rails.autoloaders
        ::Rails.autoloaders.main.dirs.select { |root| root.start_with?("#{Dir.pwd}/") }.each do |root|
          found = Dir.children(root).find { |name| name.end_with?(".rb") && camelize(File.basename(name, ".rb"), File.join(root, name)) == constant }
          return File.join(root, found) if found
        end
        nil
      end

      def camelize(name, path)
        ::Rails.autoloaders.main.inflector.camelize(name, path) if name.match?(/\A[a-z_]\w*\z/)
      end

      # Of the constants that came with a gem, those that its own files define. Where it has none (aws-sdk-s3 brings
      # aws-sdk-core's), those that its files add to, and those of gems that nobody else needs.
      def own(name, constants)
        placed = constants.to_h { |constant| [constant.to_s, file_of(constant)] }
        mine = placed.select { |_, file| file.empty? || file.start_with?("#{::Gem.loaded_specs.fetch(name).full_gem_path}/") }
        mine = placed.select { |constant, file| opened?(name, constant) || only_for(name).any? { |spec| file.start_with?("#{spec.full_gem_path}/") } } if mine.empty?
        (mine.keys | undeclared(name, placed)).sort
      end

      # Those of a gem that this one brings, where the app uses them without a line in the Gemfile for it.
      def undeclared(name, placed)
        directories = only_for(name).drop(1).map { |spec| "#{spec.full_gem_path}/" }
        placed.select { |constant, file| file.start_with?(*directories) && app_text.match?(/(?<![\w:.])#{constant}\b/) }.keys
      end

      def app_text
        @app_text ||= Dir["{app,bin,config,db,lib,script}/**/*.{rb,rake,erb,haml,slim,jbuilder,builder}", "Rakefile", "config.ru"].map { |file| File.read(file).scrub }.join("\n")
      end

      # Ruby knows none of what an autoload by Zeitwerk was replaced with.
      def file_of(constant)
        (Object.const_source_location(constant)&.first || "").to_s
      end

      def opened?(name, constant)
        directory = "#{::Gem.loaded_specs.fetch(name).full_gem_path}/"
        $LOADED_FEATURES.any? { |file| file.start_with?(directory) && file.end_with?(".rb") && File.read(file).scrub.match?(/^\s*(?:module|class) (?:::)?#{constant}\b/) }
      end

      # What a gem depends on, and nobody outside of that.
      def only_for(name)
        names = [name]
        names.each { |each| names.concat(::Gem.loaded_specs[each].runtime_dependencies.map(&:name).select { |other| ::Gem.loaded_specs.key?(other) } - names) }
        names.map { |each| ::Gem.loaded_specs.fetch(each) }.select { |spec| (needed_by(spec.name) - names).empty? }
      end

      def needed_by(name)
        ::Gem.loaded_specs.each_value.select { |other| other.runtime_dependencies.any? { |dependency| dependency.name == name } }.map(&:name).sort
      end

      def environment
        rails = defined?(::Rails.version) ? ::Rails.version : nil
        {ruby: RUBY_VERSION, rails: rails, platform: RUBY_PLATFORM, allocator: Recorder.allocator, rails_env: ENV["RAILS_ENV"]}
      end
    end
  end
end
