# frozen_string_literal: true

require_relative "../railties/source"

module ShowcaseMemtrim
  module Verdicts
    # What one of Rails' own railties offers to an app, as the source of the installed Rails has it.
    class RailtieOffers
      # @return [String] its require path
      attr_reader :name

      # @param component [Hash] as a recording has it: name, file
      def initialize(component)
        @name = component["name"]
        @source = Railties::Source.new(@name, component["file"])
        @directory = component["file"].delete_suffix("/lib/#{@name}.rb")
      end

      # @return [Uses::Offer]
      def offer
        Uses::Offer.new(
          name: @name, kind: :railtie, constants: [@source.namespace], methods: methods, symbols: [], directories: [], executables: [],
          views: [], assets: assets
        )
      end

      # @return [Array<String>]
      def constants
        [@source.namespace]
      end

      private

      def methods
        @source.model_methods | @source.template_methods | routes
      end

      # Helpers for the engine's own routes: rails_blob_path.
      def routes
        file = File.join(@directory, "config/routes.rb")
        return [] unless File.file?(file)
        File.read(file).scan(/(?:\bdirect[ (]:|\bas: :)(\w+)/).flatten.flat_map { |name| ["#{name}_path", "#{name}_url"] }
      end

      def assets
        return [] if @source.library.include?("/")
        Dir[File.join(@directory, "app/assets/**/*.*")].select { |file| File.file?(file) }.map { |file| file[%r{/assets/[^/]+/(.+)\z}, 1] }.compact
      end
    end
  end
end
