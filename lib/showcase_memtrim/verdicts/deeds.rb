# frozen_string_literal: true

require_relative "../kinds"
require_relative "../railties/mixing_in"
require_relative "translation_keys"

module ShowcaseMemtrim
  module Verdicts
    # What a gem does in a booted app, or gives to it, each with its line: read from what the recording offers.
    class Deeds
      # One or more of a kind. names: by which somebody would use them; harmless: nothing happens unasked although the
      # kind says so.
      Deed = Struct.new(:kind, :what, :file, :line, :names, :harmless, keyword_init: true)

      # Kinds that Ruby knows no line of: the gem's own source has to name them.
      UNPLACED = %i[mime_type template_handler renderer attribute_type adapter inflection].freeze
      OVERRIDE = "override"
      TRANSLATIONS = "translations"
      # What no boot, and no line of the app's, shows.
      ENVIRONMENT, EFFECT, EXTENSION = %w[environment effect extension].freeze
      # What it does can't be told by any of its parts.
      UNKNOWN = "unknown"

      # @param offers [Array<Hash>] of a recording
      # @param languages [Hash] what TranslationKeys has to know of Rails and of the app
      def initialize(offers, **languages)
        @languages = languages
        @offers = offers.map { |offer| offer.merge("kind" => offer["kind"].to_sym) }
      end

      # @param directories [Array<String>] the gem's, and of those that it alone brings, each with a slash at its end
      # @param loaded [Array<String>] its files
      # @return [Array<Deed>]
      def of(directories, loaded)
        mine = @offers.select { |offer| offer["file"]&.start_with?(*directories) } + unplaced(loaded)
        mine.group_by { |offer| kind(offer) }.map { |kind, offers| deed(kind, offers, directories) }
      end

      private

      def kind(offer)
        replaces?(offer) ? OVERRIDE : offer["kind"].to_s
      end

      def replaces?(offer)
        return offer["overrides"].any? if offer["kind"] == :mixin
        offer["kind"] == :method && rubys_own?(offer["name"])
      end

      # Whether this process, which has none of the app's gems, knows the method.
      def rubys_own?(name)
        owner, separator, method = name.rpartition(/[#.]/).then { |parts| [Object.const_get(parts[0]), parts[1], parts[2].to_sym] }
        owner = owner.singleton_class if separator == "."
        owner.method_defined?(method) || owner.private_method_defined?(method)
      rescue NameError
        false
      end

      def deed(kind, offers, directories)
        first = offers.first
        return translations(offers) if kind == TRANSLATIONS
        harmless = !Kinds::PASSIVE.include?(kind.to_sym) && offers.all? { |offer| mixing_in?(offer, directories) }
        Deed.new(kind: kind, what: what(kind, offers), file: first["file"], line: first["line"], names: offers.flat_map { |offer| names(offer) }.uniq, harmless: harmless)
      end

      def translations(offers)
        keys = TranslationKeys.new(offers.map { |offer| offer["file"] }, **@languages)
        Deed.new(kind: TRANSLATIONS, what: what(TRANSLATIONS, offers), file: offers.first["file"], line: nil, names: keys.to_a, harmless: keys.passive?)
      end

      def what(kind, offers)
        return Kinds.words(kind.to_sym, offers.map { |offer| offer["name"] }) unless kind == OVERRIDE
        first = offers.first
        "replaces #{(first["kind"] == :mixin) ? "#{first["overrides"].first} of #{first["name"][/[^ ]+\z/]}" : first["name"]}#{" and #{offers.size - 1} more" if offers.size > 1}"
      end

      def names(offer)
        Kinds.used_as(offer["kind"], offer["name"], offer["methods"])
      end

      def mixing_in?(offer, directories)
        directory = directories.find { |each| offer["file"].to_s.start_with?(each) } or return false
        @mixing_in ||= {}
        (@mixing_in[directory] ||= Railties::MixingIn.new(directory.chomp("/"))).only?(offer["kind"], offer["file"], offer["line"])
      end

      def unplaced(loaded)
        names = @offers.select { |offer| offer["file"].nil? && UNPLACED.include?(offer["kind"]) }
        texts = loaded.select { |file| file.end_with?(".rb") }.to_h { |file| [file, text(file)] }
        names.filter_map do |offer|
          file, line = Kinds.look_for(offer["kind"], offer["name"], texts, exactly: true)
          offer.merge("file" => file, "line" => line) if file
        end
      end

      def text(file)
        @texts ||= {}
        @texts[file] ||= File.file?(file) ? File.read(file, encoding: "UTF-8").scrub : ""
      end
    end
  end
end
