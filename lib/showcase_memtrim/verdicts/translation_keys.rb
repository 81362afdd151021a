# frozen_string_literal: true

require "psych"

module ShowcaseMemtrim
  module Verdicts
    # What a gem's translations are to an app: whoever wants them names their keys, but for those that Rails looks up by
    # itself.
    class TranslationKeys
      RAILS = %w[activemodel activerecord date datetime errors helpers i18n number support time views].freeze
      SOURCES = "{app,config,lib}/**/*.{rb,erb,haml,slim,jbuilder,builder,rake,js,ts,yml}"

      # @param keys [Array<String>] below the locale
      # @param directory [String] of an app
      # @return [Boolean] whether one of its files names one of them
      def self.used?(keys, directory)
        keys -= RAILS
        return false if keys.empty?
        named = /(?:["'.:]|\b)(?:#{keys.map { |key| Regexp.escape(key) }.join("|")})["'.:]/n
        Dir[File.join(directory, SOURCES)].any? { |file| File.file?(file) && File.binread(file).match?(named) }
      end

      # @param directory [String] of an app
      # @return [Array<String>] locales that it has translations for, and Rails' own
      def self.locales(directory)
        ["en", *Dir[File.join(directory, "config/locales/**/*.{yml,yaml,rb}")].map { |file| File.basename(file)[/([A-Za-z]{2,3}(?:-\w+)?)\.\w+\z/, 1] }].compact.uniq
      end

      # @param files [Array<String>] of translations
      # @param rails [Array<String>] those of Rails' own
      # @param locales [Array<String>] the app's
      def initialize(files, rails: [], locales: %w[en])
        @contents = files.map { |file| content(file) }
        @rails = rails.filter_map { |file| content(file) }.map { |content| leaves(content) }.reduce({}, :merge)
        @locales = locales
      end

      # @return [Array<String>] below the locale; more than one may have
      def to_a
        @contents.compact.flat_map { |content| content.values.flat_map(&:keys) }.map(&:to_s).uniq
      end

      # @return [Boolean] nobody looks them up who does not name them, or they say what Rails says
      def passive?
        @contents.none?(&:nil?) && @contents.all? { |content| leaves(content.slice(*@locales)).none? { |path, text| changes?(path, text) } }
      end

      private

      # In English Rails has words of its own; in other languages the app would have to.
      def changes?(path, text)
        return false unless RAILS.include?(path[1])
        (path.first == "en") ? @rails.fetch(path, text) != text : true
      end

      # @return [Hash, nil] nil: it can't be told
      def content(file)
        return unless file.match?(/\.ya?ml\z/)
        content = Psych.safe_load_file(file, aliases: true, permitted_classes: [Symbol])
        content if content.is_a?(Hash) && content.values.all?(Hash)
      rescue Psych::Exception, SystemCallError
        nil
      end

      # @return [Hash{Array<String> => Object}] path → text
      def leaves(content, path = [])
        content.flat_map { |key, value| value.is_a?(Hash) ? leaves(value, [*path, key.to_s]).to_a : [[[*path, key.to_s], value]] }.to_h
      end
    end
  end
end
