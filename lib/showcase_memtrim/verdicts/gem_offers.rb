# frozen_string_literal: true

require_relative "deeds"

module ShowcaseMemtrim
  module Verdicts
    # What one gem of the Gemfile offers to an app: as the recorded boot has it, and by its files.
    class GemOffers
      # By which configuration chooses one of Rails' own adapters: ":redis_cache_store", "adapter: mysql2", "service: S3".
      ADAPTER = %r{/(?:queue_adapters|connection_adapters|cache|subscription_adapter|service)/(\w+)\.rb\z}
      ADAPTERS = /\A(?:ActiveJob::QueueAdapters|ActiveRecord::ConnectionAdapters|ActiveSupport::Cache|ActionCable::SubscriptionAdapter|ActiveStorage::Service)::(\w+)\z/
      ASSETS = %w[app/assets lib/assets vendor/assets app/javascript].freeze

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
        @deeds = deeds.of(bundle.roots(name), bundle.loaded(name))
      end

      # @param by_gems [Array<Uses::Use>] what other gems' sources say of it
      # @return [Uses::Offer]
      def offer(by_gems = [])
        Uses::Offer.new(
          name: @name, kind: :gem, constants: constants, methods: methods, symbols: symbols(by_gems),
          directories: require_paths, executables: @gem["executables"], views: views, assets: assets
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
          assets: assets.size, views: views.size, executables: @gem["executables"].size,
          signatures: count("{sig,rbi}/**/*.{rbs,rbi}")
        }
      end

      # @return [Array<String>] absolute
      def require_paths
        @require_paths ||= @bundle.with_its_own(@name).flat_map { |each| @bundle[each]["dirs"] }.flat_map { |dir| [File.join(dir, "lib"), dir] }.select { |dir| File.directory?(dir) }
      end

      private

      # Helpers of an engine are every controller's, and Ruby does not say whose methods they are.
      def methods
        kinds = %w[method mixin rails_method]
        helpers = roots("app/helpers/**/*.rb").flat_map { |file| File.read(file).scrub.scan(/^\s*def ([a-z_]\w*[?!]?)/).flatten }
        (@deeds.select { |deed| kinds.include?(deed.kind) }.flat_map(&:names) + helpers).uniq
      end

      def symbols(by_gems)
        kinds = %w[mime_type template_handler renderer attribute_type adapter]
        files = by_gems.filter_map { |use| use.file[ADAPTER, 1] } + constants.filter_map { |constant| constant[ADAPTERS, 1]&.gsub(/([a-z\d])([A-Z])/, '\1_\2')&.downcase }
        @deeds.select { |deed| kinds.include?(deed.kind) }.flat_map(&:names) | files.flat_map { |file| adapter(file) }
      end

      # @param file [String] redis_cache_store
      # @return [Array<String>] as configuration may have it
      def adapter(file)
        short = file.sub(/_(?:adapter|store|service)\z/, "")
        [file, short, short.split("_").map(&:capitalize).join]
      end

      def views
        @views ||= roots("app/views/**/*.*").map { |file| file[%r{/app/views/(.+?)\.[^/]+\z}, 1] }.uniq
      end

      def assets
        @assets ||= ASSETS.flat_map { |directory| roots("#{directory}/**/*.*") }.map { |file| file[%r{/(?:assets/[^/]+|javascript)/(.+)\z}, 1] }.compact.uniq
      end

      def count(pattern)
        roots(pattern).size
      end

      def roots(pattern)
        @bundle.roots(@name).flat_map { |root| Dir[File.join(root, pattern)] }.uniq.select { |file| File.file?(file) }
      end
    end
  end
end
