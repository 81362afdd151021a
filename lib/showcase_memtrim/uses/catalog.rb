# frozen_string_literal: true

require_relative "asset_names"

module ShowcaseMemtrim
  module Uses
    # What is offered, looked up by what stands in a source.
    class Catalog
      CONSTANT = /\A(?:::)?[A-Z]\w*(?:::[A-Z]\w*)*\z/
      # Ends of gems' names that say nothing about what the gem is.
      COMMON = %w[rails ruby core sdk client api rack railtie rb gem activerecord active_record].freeze
      EXTENSIONS = %W[.rb .so .#{RbConfig::CONFIG["DLEXT"]}].uniq.freeze

      # What an object of one of these is called; others may have a method of the same name.
      OBJECTS = {/Request\z/ => /\b(?:r|rack|env)\b|req/i}.freeze

      # @return [Hash{Symbol => Array<String>}] method → offers' names
      attr_reader :methods
      # @return [Hash{String => Array<String>}] symbol or string → names of offers that registered it
      attr_reader :symbols
      # @return [Hash{String => Array<String>}] what a setting calls a gem: :typhoeus, :github → offers' names
      attr_reader :choices
      # @return [Hash{String => Array<String>}] gem's name as a word → offers' names
      attr_reader :names
      # @return [Hash{String => Array<String>}] executable → offers' names
      attr_reader :executables
      # @return [Hash{String => true}] lines of text that name nothing: many are in many files
      attr_reader :idle_lines
      # @return [AssetNames]
      attr_reader :assets

      # @param offers [Array<Offer>]
      def initialize(offers)
        @offers = offers
        @constants = index { |offer| offer.constants }
        @segments = @constants.keys.flat_map { |name| name.split("::") }.to_h { |segment| [segment, true] }
        @methods = index { |offer| offer.methods&.map { |method| method[/[^#.]+\z/].to_sym } }
        @owners = owners
        @symbols = index { |offer| offer.symbols&.map(&:to_s) }
        @executables = index { |offer| offer.executables }
        @views = index { |offer| offer.views&.map { |view| Catalog.view(view) } }
        @names = index { |offer| (offer.kind == :railtie) ? [] : [offer.name, offer.name.tr("-", "_")].uniq }
        @choices = index { |offer| (offer.kind == :railtie) ? [] : called(offer) }
        @assets = AssetNames.new(offers)
        @watched = {}
        @idle_lines = {}
        @own_views = {}
        @required = {}
        @matches = {}
      end

      # @param files [Array<String>] the app's, relative: its own templates and assets come before others' of the same name
      def own(files)
        files.each { |file| (path = file[%r{(?:\A|/)app/views/(.+?)\.}, 1]) && @own_views[Catalog.view(path)] = true }
        @assets.own(files)
      end

      # @param method [Symbol]
      # @param receiver [String, nil] source; nil: none, or self
      # @param nesting [Array<String>] what is opened around the call
      # @return [Array<String>] names of offers whose method it may be
      def methods_of(method, receiver, nesting)
        methods.fetch(method).select do |name|
          owners = @owners[[name, method]] || []
          owners.empty? || owners.any? { |owner| object?(owner, receiver, nesting) }
        end
      end

      # @param name [String] as `render` has it
      # @return [Array<String>, nil] names of offers whose template it is
      def view(name)
        path = Catalog.view(name)
        @views[path] unless @own_views[path]
      end

      # @param path [String] of an app's own template
      # @return [Array<String>, nil] names of offers whose template it stands in place of
      def overridden(path)
        @views[Catalog.view(path)] unless path.match?(%r{\A(?:layouts|shared|application|kernel)/})
      end

      # @return [String] of a template or partial as `render` names it
      def self.view(path)
        path.sub(%r{(\A|/)_([^/]+)\z}, '\1\2')
      end

      # @return [String] as a setting may call what is called ActiveRecord, active-record or active_record
      def self.plain(name)
        name.delete("_-").downcase
      end

      # @param names [Array<String>] top-level constants that are to be resolved too, though nobody offers them
      def watch(names)
        names.each { |name| @watched[name] = @segments[name] = true }
      end

      # @return [Boolean]
      def watched?(name)
        @watched.key?(name)
      end

      # @return [Boolean] false: no constant of that name, at any depth, is offered
      def segment?(name)
        @segments.key?(name)
      end

      # @param full [String] "Geocoder::Lookup::Test"
      # @param scope [String] names of offered constants that are no longer than this don't count
      # @return [Array<String>] names of offers that have the constant, or one above it
      def constant(full, scope = "")
        (@matches[full] ||= prefixes(full)).flat_map { |name, offers| (name.size > scope.size) ? offers : [] }
      end

      # @param name [String] a constant's last part
      # @return [Array<String>] names of offers that have a constant that ends so
      def constant_ending(name)
        @constants.flat_map { |full, offers| (full == name || full.end_with?("::#{name}")) ? offers : [] }.uniq
      end

      # @param text [String] a literal
      # @return [Array<String>] names of offers whose constant's full name it is
      def constant_text(text)
        CONSTANT.match?(text) ? constant(text.delete_prefix("::")) : []
      end

      # @param path [String] "zip", "zip/entry.rb", "zip.so", or absolute
      # @return [Array<String>] names of offers that have that file
      def required(path)
        @required[path] ||= @offers.select { |offer| requires?(offer, path) }.map(&:name)
      end

      # @param pattern [String] of files in require paths: "minitest/*_plugin.rb"
      # @return [Array<String>] names of offers that have such a file
      def found(pattern)
        @offers.select do |offer|
          Array(offer.directories).any? { |directory| EXTENSIONS.any? { |extension| Dir.glob([pattern, pattern + extension], base: directory).any? } }
        end.map(&:name)
      end

      private

      # @return [Hash{Array => Array<String>}] [offer, method] → whose it is, as far as that is known
      def owners
        @offers.each_with_object({}) do |offer, found|
          Array(offer.methods).each do |method|
            owner, separator, name = method.rpartition(/[#.]/)
            (found[[offer.name, name.to_sym]] ||= []) << owner unless separator.empty?
          end
        end
      end

      def object?(owner, receiver, nesting)
        _, called = OBJECTS.find { |kind, _| kind.match?(owner) }
        called.nil? || (receiver ? receiver.match?(called) : nesting.any? { |name| name.end_with?(owner[/\w+\z/]) })
      end

      def index
        @offers.each_with_object({}) do |offer, found|
          Array(yield(offer)).uniq.each { |key| (found[key] ||= []) << offer.name }
        end
      end

      def prefixes(full)
        parts = full.split("::")
        (1..parts.size).filter_map { |count| [parts.first(count).join("::")].then { |(name)| [name, @constants[name]] if @constants.key?(name) } }
      end

      # :typhoeus, :github for omniauth-github, :git_hub for OmniAuth::Strategies::GitHub.
      def called(offer)
        names = [offer.name, offer.name.split("-", 2)[1], offer.name.split("-").last] + Array(offer.constants).reject { |name| name.include?("::") }
        names += Array(offer.constants).select { |name| name.count(":") > 2 }.map { |name| name.split("::").last }
        names.compact.reject { |name| COMMON.include?(name) }.map { |name| Catalog.plain(name) }.uniq
      end

      def requires?(offer, path)
        return false if offer.kind == :railtie && !part_of_railtie?(offer.name, path)
        directories = Array(offer.directories)
        return directories.any? { |directory| path.start_with?("#{directory}/") && file?(path) } if path.start_with?("/")
        directories.any? { |directory| top(directory).key?(path[%r{\A[^/]+}].to_s.delete_suffix(".rb").delete_suffix(".so")) && file?(File.join(directory, path)) }
      end

      # Its own line in a list of railties is what is judged, and no use; others' files are not its.
      def part_of_railtie?(name, path)
        library = name.delete_suffix("/railtie").delete_suffix("/engine")
        path.delete_suffix(".rb") != name && (path == library || path.start_with?("#{library}/"))
      end

      def file?(path)
        EXTENSIONS.any? { |extension| File.file?(path.end_with?(extension) ? path : "#{path}#{extension}") }
      end

      def top(directory)
        (@top ||= {})[directory] ||= Dir.exist?(directory) ? Dir.children(directory).to_h { |name| [name.sub(/\.\w+\z/, ""), true] } : {}
      end
    end
  end
end
