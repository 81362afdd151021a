# frozen_string_literal: true

require "psych"

module ShowcaseMemtrim
  module Verdicts
    # The keys of a gem's translations: whoever wants them names them, but for those that Rails looks up by itself.
    class TranslationKeys
      RAILS = %w[activemodel activerecord date datetime errors faker flash helpers i18n number support time views].freeze
      SOURCES = "{app,config,lib}/**/*.{rb,erb,haml,slim,jbuilder,builder,rake,js,ts,yml}"

      # @param keys [Array<String>] below the locale
      # @param directory [String] of an app
      # @return [Boolean] whether one of its files names one of them
      def self.used?(keys, directory)
        return false if keys.empty?
        named = /(?:["'.:]|\b)(?:#{keys.map { |key| Regexp.escape(key) }.join("|")})["'.:]/n
        Dir[File.join(directory, SOURCES)].any? { |file| File.file?(file) && File.binread(file).match?(named) }
      end

      # @param files [Array<String>] of translations
      def initialize(files)
        @keys = files.map { |file| keys(file) }
      end

      # @return [Array<String>] below the locale; more than one may have
      def to_a
        @keys.compact.flatten.uniq
      end

      # @return [Boolean] nobody looks them up who does not name them
      def passive?
        @keys.none?(&:nil?) && (to_a & RAILS).empty?
      end

      private

      # @return [Array<String>, nil] nil: it can't be told
      def keys(file)
        return unless file.match?(/\.ya?ml\z/)
        content = Psych.safe_load_file(file, aliases: true, permitted_classes: [Symbol])
        content.values.flat_map { |translations| translations.keys.map(&:to_s) } if content.is_a?(Hash) && content.values.all?(Hash)
      rescue Psych::Exception, SystemCallError
        nil
      end
    end
  end
end
