# frozen_string_literal: true

require_relative "../kinds"
require_relative "../railties/mixing_in"
require_relative "deferral"

module ShowcaseMemtrim
  module Experiment
    # What an app lacks while a gem is deferred: the difference of two shapes, in words, each with the line that makes it.
    class Missing
      # Of what is in Rails' namespaces, only what is in files that the gem alone brings: the rest is not always the same.
      INNER = %i[constant rails_method].freeze

      # @param base [Hash] what Child#shape tells of the app as it is
      # @param deferred [Hash, nil] the same of it with the gem deferred; nil: that does not boot
      # @param gem [String]
      # @param directory [String] the gem's
      def initialize(base, deferred, gem, directory)
        @base = base
        @deferred = deferred
        @gem = gem
        @directory = "#{directory}/"
      end

      # @return [Array<Deferral::Reason>] one for all of a kind
      def reasons
        by_words = things.group_by { |(kind, _), _| Kinds::ALL.fetch(kind).first }
        by_words.map { |_, all| [all.first.first.first, all.uniq { |(_, name), _| name }] }.sort_by { |kind, _| Kinds::ALL.keys.index(kind) }.map { |kind, all| reason(kind, all) }
      end

      private

      # What is gone, and what the gem's own files define: it may have been loaded all the same, by somebody who may go.
      def things
        gone = @deferred ? @base[:things].select { |thing, place| gone?(thing, place) } : {}
        own = @base[:things].select { |thing, place| mine?(place) && !INNER.include?(thing.first) && !later?(thing) }
        tasks = @deferred ? @base[:tasks].reject { |name, _| @deferred[:tasks].key?(name) || @deferred[:tasks].empty? }.transform_keys { |name| [:task, name] } : {}
        gone.merge(own, tasks)
      end

      def gone?(thing, place)
        return false if later?(thing)
        return files.include?(place.first) if INNER.include?(thing.first)
        !@deferred[:things].key?(thing) || (place != @deferred[:things][thing] && !place.nil? && files.include?(place.first))
      end

      # Files that only the gem brings, its own first.
      def files
        @files ||= (@deferred ? @base[:files] - @deferred[:files] : []).partition { |file| mine?([file]) }.flatten
      end

      def mine?(place)
        place&.first.to_s.start_with?(@directory)
      end

      # I18n has them as soon as the gem is used.
      def later?((kind, name))
        kind == :translations && @deferred&.dig(:uses, @gem, :translations)&.include?(name)
      end

      def reason(kind, all)
        all = all.sort_by { |(_, name), place| [mine?(place) ? 0 : 1, name] } unless Kinds::NAMELESS.include?(kind)
        (_, name), place = all.first
        place = Kinds.found?(kind) ? look_for(kind, name) || place : place || look_for(kind, name)
        names = all.map { |(_, each), _| each }
        Deferral::Reason.new(Kinds.words(kind, names), *(place || main), kind, names.flat_map { |each| Kinds.used_as(kind, each, mixed_in(each)[:methods]) }.uniq, all.all? { |thing, at| passive?(thing, at) })
      end

      def passive?((kind, name), place)
        return false if @deferred.nil? || (@deferred[:things].key?([kind, name]) && !place.nil? && place != @deferred[:things][[kind, name]])
        return mixed_in(name)[:overrides].empty? if kind == :mixin
        Kinds::PASSIVE.include?(kind) || (place && mixing_in.only?(kind, *place))
      end

      def mixed_in(name)
        @base.fetch(:mixed_in).fetch(name, {methods: [], overrides: []})
      end

      def mixing_in
        @mixing_in ||= Railties::MixingIn.new(@directory.chomp("/"))
      end

      def look_for(kind, name)
        Kinds.look_for(kind, name, @texts ||= sources.to_h { |file| [file, File.read(file).scrub] })
      end

      def sources
        @sources ||= (files.any? ? files : @base[:files].select { |file| mine?([file]) }).select { |file| file.end_with?(".rb") && File.file?(file) }
      end

      # @return [Array] the file that stands for the gem
      def main
        [sources.find { |file| file.end_with?("/#{@gem}.rb", "/#{@gem.tr("-", "/")}.rb") } || sources.first || @directory.chomp("/"), nil]
      end
    end
  end
end
