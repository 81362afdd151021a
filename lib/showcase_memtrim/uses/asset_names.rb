# frozen_string_literal: true

module ShowcaseMemtrim
  module Uses
    # Assets by the many names that they go by: with and without extensions, partials, indexes of directories.
    class AssetNames
      KINDS = {"css" => :style, "scss" => :style, "sass" => :style, "less" => :style, "js" => :script, "mjs" => :script, "coffee" => :script, "ts" => :script, "es6" => :script}.freeze
      # Where the app's own assets have their roots.
      ROOTS = %r{\A(?:.*/)?(?:(?:app|lib|vendor)/assets/[^/]+|(?:app|vendor)/javascript|app/frontend|app/assets)/(.+)\z}

      # @param offers [Array<Offer>]
      def initialize(offers)
        @offered = {}
        offers.each { |offer| Array(offer.assets).each { |path| keys(path).each { |key| (@offered[key] ||= []) << [offer.name, kind(path), path] } } }
        @own = {}
      end

      # @param files [Array<String>] the app's, relative: its own asset comes before a gem's of the same name
      def own(files)
        return if @offered.empty?
        files.each do |file|
          path = file[ROOTS, 1] or next
          keys(path).each { |key| (@own[key] ||= []) << kind(path) }
        end
      end

      # @return [Boolean]
      def any?
        @offered.any?
      end

      # @param text [String] as written: "bootstrap/alert", "/assets/x.png?1", "bootstrap/*"
      # @param kind [Symbol, nil] :style, :script; nil: any
      # @return [Array<String>] names of the offers whose asset it is
      def named(text, kind = nil)
        return [] if text.start_with?("./", "../") # beside the app's own
        path = text.sub(/[?#].*/m, "").delete_prefix("~").sub(%r{\A(?:https?://[^/]+)?/assets/}, "").delete_prefix("/")
        return [] if path.empty?
        return under(path.delete_suffix("**").delete_suffix("*")) if path.end_with?("/*", "/**")
        kind ||= kind(path)
        kind = nil if kind == :other
        matching(path, kind) || matching(path.sub(/\.\w+\z/, ""), kind) || []
      end

      # @param directory [String] "bootstrap/"
      # @return [Array<String>] names of the offers that have assets there
      def under(directory)
        @offered.flat_map { |key, found| key.start_with?(directory) ? found.map(&:first) : [] }.uniq
      end

      private

      def matching(path, kind)
        found = @offered[path] or return
        fitting = found.select { |_, other, _| kind.nil? || other == kind }
        fitting = fitting.reject { |_, other, _| @own[path]&.include?(other) }
        fitting.map(&:first).uniq if fitting.any?
      end

      def keys(path)
        names = [path]
        names << names.last.sub(/\.\w+\z/, "") while names.last.match?(%r{[^/]\.\w+\z})
        names += names.map { |name| name.sub(%r{(\A|/)_([^/]+)\z}, '\1\2') }
        names += names.filter_map { |name| name[%r{\A(.+)/index\z}, 1] }
        names.uniq
      end

      def kind(path)
        path.split(".").drop(1).filter_map { |extension| KINDS[extension] }.first || :other
      end
    end
  end
end
