# frozen_string_literal: true

module ShowcaseMemtrim
  module Verdicts
    # What Rails finds in an engine's directories, and nobody names a constant for.
    class EngineFiles
      ASSETS = %w[app/assets lib/assets vendor/assets app/javascript].freeze

      # @param roots [Array<String>] directories of the gem, and of those that it alone brings
      def initialize(roots)
        @roots = roots
      end

      # @return [Array<String>] logical paths of templates and partials
      def views
        @views ||= files("app/views/**/*.*").map { |file| file[%r{/app/views/(.+?)\.[^/]+\z}, 1] }.uniq
      end

      # @return [Array<String>] logical paths
      def assets
        @assets ||= ASSETS.flat_map { |directory| files("#{directory}/**/*.*") }.map { |file| file[%r{/(?:assets/[^/]+|javascript)/(.+)\z}, 1] }.compact.uniq
      end

      # Of modules that all of an app's templates have.
      #
      # @return [Array<String>] methods
      def helpers
        files("app/helpers/**/*.rb").flat_map { |file| File.read(file).scrub.scan(/^\s*def ([a-z_]\w*[?!]?)/).flatten }
      end

      # @return [Integer]
      def count(pattern)
        files(pattern).size
      end

      private

      def files(pattern)
        @roots.flat_map { |root| Dir[File.join(root, pattern)] }.uniq.select { |file| File.file?(file) }
      end
    end
  end
end
