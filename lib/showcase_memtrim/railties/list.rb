# frozen_string_literal: true

require_relative "source"

module ShowcaseMemtrim
  # The railties of Rails' own, as the installed Rails has them.
  module Railties
    # Those of rails/all, in its order, and what a shorter list becomes: some railties require others.
    class List
      ALL = "rails/all"

      # What is loaded for a list. names: in order. brought: those that were not listed → the listed or brought one that
      # requires them. left_out: of rails/all, the rest.
      Plan = Struct.new(:names, :brought, :left_out, keyword_init: true)

      # @return [List] of the Rails on the load path
      # @raise [Error] when there is none
      def self.installed
        file = $LOAD_PATH.resolve_feature_path(ALL)&.last
        raise Error, "no Rails on the load path: config/boot.rb sets Bundler up, and has to be required before" unless file
        new(File.read(file))
      end

      # @param text [String] of rails/all.rb
      def initialize(text)
        @all = text.scan(Source::NAME).flatten.uniq
        @sources = {}
      end

      # @return [Gem::Version, nil] of the installed Rails; nil: it is no gem
      def version
        ::Gem.loaded_specs["railties"]&.version
      end

      # @return [Array<String>] those that are installed, in order
      def names
        @names ||= @all.select { |name| source(name) }
      end

      # @return [Array<String>] all that a list may name: Rails' other gems have railties too
      def known
        @known ||= names | names.flat_map { |name| brings(name) }
      end

      # @return [Source, nil] nil: there is no such railtie
      def source(name)
        @sources.fetch(name) do
          file = $LOAD_PATH.resolve_feature_path(name)&.last
          @sources[name] = (Source.new(name, file) if file)
        end
      end

      # @return [Array<String>] what comes with a railtie, of those that a list may name
      def brings(name)
        brought_by([name]).keys
      end

      # @param listed [Array<String>] in any order, each one known
      # @return [Plan]
      def plan(listed)
        brought = brought_by(listed).slice(*names)
        wanted = listed | brought.keys
        Plan.new(names: (listed - names) + (names & wanted), brought: brought, left_out: names - wanted)
      end

      private

      # What some railties bring in besides themselves → which of them does.
      def brought_by(listed)
        brought = {}
        waiting = listed.dup
        while (name = waiting.shift)
          (source(name)&.brings || []).each do |other|
            next if listed.include?(other) || brought.key?(other) || source(other).nil?
            brought[other] = name
            waiting << other
          end
        end
        brought
      end
    end
  end
end
