# frozen_string_literal: true

require_relative "../railties/source"

module ShowcaseMemtrim
  module Verdicts
    # What one of Rails' own railties offers to an app, as the source of the installed Rails has it.
    class RailtieOffers
      # @return [String] its require path
      attr_reader :name

      # @param component [Hash] as a recording has it: name, file
      # @param others [Array<String>] methods that templates have without it
      def initialize(component, others)
        @name = component["name"]
        @others = others
        @source = Railties::Source.new(@name, component["file"])
        @directory = component["file"].delete_suffix("/lib/#{@name}.rb")
      end

      # @param components [Array<Hash>] of a recording
      # @return [Array<RailtieOffers>] of those that are installed
      def self.all(components)
        installed = components.reject { |component| component["file"].empty? }
        view = installed.find { |component| component["name"] == "action_view/railtie" }
        others = view ? Dir[File.join(File.dirname(view["file"], 2), "**/*.rb")].flat_map { |file| File.read(file).scan(/^\s*def ([a-z]\w*[?!]?)/).flatten }.uniq : []
        installed.map { |component| new(component, (component == view) ? [] : others) }
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
        (@source.model_methods | @source.template_methods | routes) - @others
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
