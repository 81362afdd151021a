# frozen_string_literal: true

require_relative "../railties/mixing_in"
require_relative "deferral"

module ShowcaseMemtrim
  module Experiment
    # What an app lacks while a gem is deferred: the difference of two shapes, in words, each with the line that makes it.
    class Missing
      # What Shape tells: in words, and for what Ruby knows no line of, how the line that does it looks ({}: the name).
      # Those that are `found` are looked for first: their place is where the thing is, not where it is put to use.
      KINDS = {
        railtie: ["defines the railtie %s"],
        middleware: ["brings the middleware %s", /middleware\.\w+.*\b{}\b/, :found],
        initializer: ["adds the initializer %s"],
        hook: ["waits for the load hook %s"],
        callback: ["runs code around every request or job: %s"],
        subscriber: ["subscribes to %s"],
        mime_type: ["registers the MIME type %s", /Mime::Type\.register\w*\b.*\b{}\b/],
        template_handler: ["renders templates of the kind %s", /register_\w*template_handler\b.*\b{}\b/],
        renderer: ["adds the renderer %s", /Renderers\.add\b.*\b{}\b/],
        attribute_type: ["registers the attribute type %s", /Type\.register\b.*\b{}\b/],
        adapter: ["registers the database adapter %s", /ConnectionAdapters\.register\b.*\b{}\b/],
        i18n_backend: ["changes the backend of I18n: %s", /I18n::\w*Backend|I18n\.backend/],
        translations: ["adds translations at boot: %s"],
        inflection: ["adds the inflection %s", /\binflections?\b|\binflect\./],
        variable: ["sets the environment variable %s", /\bENV\b.*\b{}\b/],
        exit_handler: ["has a handler for the program's end"],
        signal_handler: ["handles the signal %s"],
        thread: ["starts a thread"],
        process: ["starts a process"],
        method: ["adds the method %s", /\bdef (?:self\.)?{}/],
        mixin: ["mixes %s", /\b(?:include|prepend|extend)\b.*\b{}\b/, :found],
        constant: ["defines %s, of Rails' own"],
        rails_method: ["adds the method %s"],
        task: ["defines the Rake task %s"]
      }.freeze
      # Of what is in Rails' namespaces, only what is in files that the gem alone brings: the rest is not always the same.
      INNER = %i[constant rails_method].freeze
      # What matters to nobody who does not use it by its name; railties and their like only where their source shows so.
      PASSIVE = %i[mime_type template_handler renderer attribute_type adapter method mixin constant rails_method task].freeze
      # Named by their place.
      NAMELESS = %i[exit_handler thread process].freeze

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
        by_words = things.group_by { |(kind, _), _| KINDS.fetch(kind).first }
        by_words.map { |_, all| [all.first.first.first, all.uniq { |(_, name), _| name }] }.sort_by { |kind, _| KINDS.keys.index(kind) }.map { |kind, all| reason(kind, all) }
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
        words, pattern, first = KINDS.fetch(kind)
        all = all.sort_by { |(_, name), place| [mine?(place) ? 0 : 1, name] } unless NAMELESS.include?(kind)
        (_, name), place = all.first
        place = (first == :found) ? look_for(pattern, name) || place : place || look_for(pattern, name)
        what = "#{format(words, shown(kind, name))}#{" and #{all.size - 1} more" if all.size > 1}"
        Deferral::Reason.new(what, *(place || main), kind, all.flat_map { |(_, each), _| names(kind, each) }.uniq, all.all? { |thing, at| passive?(thing, at) })
      end

      def passive?((kind, name), place)
        return false if @deferred.nil? || (@deferred[:things].key?([kind, name]) && !place.nil? && place != @deferred[:things][[kind, name]])
        return mixed_in(name)[:overrides].empty? if kind == :mixin
        PASSIVE.include?(kind) || (place && mixing_in.only?(kind, *place))
      end

      # By which somebody would use it.
      def names(kind, name)
        return mixed_in(name)[:methods].map(&:to_s) if kind == :mixin
        [name[/[^#. ]+\z/]]
      end

      def mixed_in(name)
        @base.fetch(:mixed_in).fetch(name, {methods: [], overrides: []})
      end

      def mixing_in
        @mixing_in ||= Railties::MixingIn.new(@directory.chomp("/"))
      end

      def shown(kind, name)
        case kind
        when :hook, :callback, :subscriber then name.sub(/ in \S+:\d+\z/, "")
        when :translations then File.join(*name.split("/").last(3))
        else name
        end
      end

      # Ruby does not know where a type was registered; the gem's files do.
      def look_for(pattern, name)
        return unless pattern
        named = Regexp.new(pattern.source.gsub("{}") { Regexp.escape(name[/[^:#.]+(?= into )|[^:#. ]+\z/]) })
        [named, Regexp.new(pattern.source.gsub(/\.\*\\b\{\}\\b|\{\}/, ""))].uniq.each do |wanted|
          sources.each do |file|
            line = File.foreach(file).with_index(1).find { |text, _| text.scrub.match?(wanted) && !text.match?(/^\s*#/) }
            return [file, line.last] if line
          end
        end
        nil
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
