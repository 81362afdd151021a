# frozen_string_literal: true

require_relative "deeds"
require_relative "engine_files"

module ShowcaseMemtrim
  module Verdicts
    # What one gem of the Gemfile offers to an app: as the recorded boot has it, and by its files.
    class GemOffers
      # By which configuration chooses one of Rails' own adapters: ":redis_cache_store", "adapter: mysql2", "service: S3".
      ADAPTER = %r{/(?:queue_adapters|connection_adapters|cache|subscription_adapter|service)/(\w+)\.rb\z}

      # @return [String]
      attr_reader :name
      # @return [Array<Deeds::Deed>]
      attr_reader :deeds

      # @param bundle [Bundle]
      # @param deeds [Deeds] of all gems
      def initialize(name, bundle, deeds)
        @name = name
        @bundle = bundle
        @gem = bundle[name]
        @engine = EngineFiles.new(bundle.roots(name))
        @deeds = deeds.of(bundle.roots(name), bundle.loaded(name))
      end

      # @param by_gems [Array<Uses::Use>] what other gems' sources say of it
      # @param tasks [Array<String>] that it defines for Rake
      # @return [Uses::Offer]
      def offer(by_gems = [], tasks = [])
        Uses::Offer.new(
          name: @name, kind: :gem, constants: constants, methods: methods, symbols: symbols(by_gems) + tasks,
          directories: require_paths, executables: @gem["executables"] + tasks, views: @engine.views, assets: @engine.assets
        )
      end

      # @return [Array<String>] full names, the outermost of each namespace
      def constants
        all = @bundle.constants(@name) | @deeds.select { |deed| deed.kind == "constant" }.flat_map(&:names)
        all.reject { |constant| all.any? { |other| constant.start_with?("#{other}::") } }
      end

      # @return [Hash{Symbol => Integer}] how many files of each sort it consists of
      def files
        {
          ruby: @bundle.loaded(@name).count { |file| file.end_with?(".rb", ".so") && !file.end_with?("/version.rb") },
          assets: @engine.assets.size, views: @engine.views.size, executables: @gem["executables"].size,
          signatures: @engine.count("{sig,rbi}/**/*.{rbs,rbi}")
        }
      end

      # @return [Array<String>] absolute: lib/, and where its extensions were built
      def require_paths
        @require_paths ||= @bundle.with_its_own(@name).flat_map { |each| @bundle[each]["dirs"] }.map { |dir| [File.join(dir, "lib"), dir].find { |path| File.directory?(path) } }.compact.uniq
      end

      private

      def methods
        kinds = %w[method mixin rails_method]
        (@deeds.select { |deed| kinds.include?(deed.kind) }.flat_map(&:names) + @engine.helpers).uniq
      end

      def symbols(by_gems)
        kinds = %w[mime_type template_handler renderer attribute_type adapter]
        files = by_gems.filter_map { |use| use.file[ADAPTER, 1] } + @bundle.extensions(@name).map { |constant| constant[/\w+\z/].gsub(/([a-z\d])([A-Z])/, '\1_\2').downcase }
        @deeds.select { |deed| kinds.include?(deed.kind) }.flat_map(&:names) | files.flat_map { |file| adapter(file) }
      end

      # @param file [String] redis_cache_store
      # @return [Array<String>] as configuration may have it
      def adapter(file)
        short = file.sub(/_(?:adapter|store|service)\z/, "")
        [file, short, short.split("_").map(&:capitalize).join]
      end
    end
  end
end
