# frozen_string_literal: true

require_relative "check/base"
require_relative "check/extensions"
require_relative "check/finding"
require_relative "check/loadable"
require_relative "check/rackup"
require_relative "check/sources"
require_relative "check/text"
require_relative "../doctor/app"

module ShowcaseMemtrim
  module Cable
    # Whether an app's connection and channels can be served without the app. Its files are read; what the server has is asked
    # of a process with Action Cable, of the app's own bundle, and without the app.
    class Check
      # Of Action Cable itself; they keep messages in a database.
      OF_ACTIVE_RECORD = %w[postgresql solid_cable].freeze
      CABLE_YML = "config/cable.yml"
      # What depends on config.time_zone, which an initializer of Rails' sets.
      ZONED = [%w[.Time zone], %w[.Time current], %w[.Date current], %w[.DateTime current]].freeze

      # @return [Doctor::App]
      attr_reader :app

      # @param directory [String] the app's
      # @param env [String] its environment
      # @raise [Error] when there is no app, a channel is no Ruby, or its bundle can't be loaded
      def initialize(directory, env:)
        Uses::Parser.load
        @app = Doctor::App.new(directory, env: env)
      end

      # @return [Array<Source>] in the order of their paths
      def channels
        sources.channels
      end

      # @return [Boolean] pages subscribe to Turbo's own channel
      def turbo_streams?
        return @turbo_streams if defined?(@turbo_streams)
        @turbo_streams = app.lock.key?("turbo-rails") && Dir.glob("app/{views,helpers,components}/**/*", base: app.root).any? do |file|
          path = File.join(app.root, file)
          File.file?(path) && File.binread(path).include?("turbo_stream_from")
        end
      end

      # @return [Boolean] there is something to serve
      def any?
        channels.any? || turbo_streams?
      end

      # What speaks against it, and what has to be given to config.require.
      #
      # @return [Array<Finding>]
      def findings
        @findings ||= [*subscriptions, *constants, *requires, *rails, *requests, *extensions, *dynamic].sort_by.with_index { |finding, nth| [finding.file, finding.line || 0, nth] }
      end

      # @return [Array<String>] for config.require, when the server is to have what the channels need: what it has already,
      #   then features, then files of the app, each after those that it needs itself
      def required
        found = findings.filter_map(&:required).uniq
        given | (found - loadable.in_order) | loadable.in_order(found)
      end

      # @return [Array<String>] of app/channels
      def classes
        channels.flat_map(&:classes).uniq
      end

      def qualifies?
        findings.none?(&:against?)
      end

      def to_h
        {
          schema: 1, app: File.basename(app.root), env: app.env, qualifies: qualifies?, channels: classes, turbo_streams: turbo_streams?, require: required,
          findings: findings.map(&:to_h)
        }
      end

      # @param width [Integer]
      def to_s(width)
        Text.new(self, width).to_s
      end

      private

      def given
        @given ||= Rackup.required(app.root)
      end

      def sources
        @sources ||= Sources.new(app.root, given)
      end

      def base
        @base ||= Base.ask(
          app, features: sources.features, constants: each(&:constants).map(&:candidates).uniq, wanted: wanted,
          rails: each(&:rails_calls).map(&:name).uniq, methods: each(&:methods).map(&:question).uniq
        )
      end

      def each(&block)
        sources.all.flat_map(&block)
      end

      # Constants that nothing of the app defines: with the features that the file itself requires.
      def wanted
        sources.all.flat_map do |source|
          source.constants.reject { |constant| sources.own?(constant) || source.defines?(constant) || sources.file_of(constant) }.map { |constant| [constant.candidates, source.requires] }
        end.uniq
      end

      def loadable
        @loadable ||= Loadable.new(sources, base)
      end

      # What the server has, with config.require as it is to be.
      def served
        @served ||= sources.loaded + (loadable.files - sources.loaded.map(&:file)).map { |file| sources.source(file) }
      end

      def constants
        served.flat_map { |source| source.constants.filter_map { |constant| missing(source, constant) } }.uniq { |finding| finding.required || [finding.file, finding.name] }
      end

      def missing(source, constant)
        return if loadable.there?(source, constant)
        file = sources.file_of(constant)
        return of_gem(source, constant) unless file
        return if file == source.file || sources.required_by(source).include?(file)
        obstacle = loadable.obstacle(file)
        return Finding.new(:constant, source.file, constant.line, constant.text, "#{constant.text} (#{file}) needs nothing else of the app", file, false) unless obstacle
        Finding.new(:constant, source.file, constant.line, constant.text, "#{constant.text} (#{file}) #{obstacle}: the full server, or a channel that does without it", nil, true)
      end

      def of_gem(source, constant)
        feature = base.feature(constant.candidates)
        return if feature && source.requires.include?(feature)
        return Finding.new(:constant, source.file, constant.line, constant.text, "#{constant.text} is not loaded", feature, false) if feature
        Finding.new(:constant, source.file, constant.line, constant.text, "#{constant.text} is nothing of app/channels, nor is it in this server; a gem's: give its feature to config.require", nil, true)
      end

      def requires
        served.flat_map do |source|
          (source.requires & base.failed).map { |name| Finding.new(:constant, source.file, nil, "require \"#{name}\"", "require \"#{name}\": neither lib/ nor the bundle has it", nil, true) }
        end
      end

      def rails
        served.flat_map { |source| loadable.missing_of_rails(source).map { |call| Finding.new(:rails, source.file, call.line, call.name, "#{call.name} is not there without Rails", nil, true) } }
      end

      # What a connection finds in a request only behind the app's middleware.
      def requests
        served.flat_map do |source|
          source.middleware.map do |call|
            Finding.new(:middleware, source.file, call.line, call.name, "#{call.name} is made by the app's middleware, which no server of Action Cable's own has; identify by a signed or encrypted cookie", nil, true)
          end
        end
      end

      def extensions
        known = Extensions.new(base.active_support)
        own = served.flat_map(&:own_methods)
        served.flat_map do |source|
          source.methods.reject { |call| base.method?(call) || (call.receiver.nil? && own.include?(call.name)) }.filter_map do |call|
            feature = known.feature(call) or next
            Finding.new(:extension, source.file, call.line, call.name, extension(call), feature, false)
          end
        end.uniq(&:required)
      end

      # Its value is a setting of Rails' (config.time_zone).
      def extension(call)
        return "#{call.name} is Active Support's, and not loaded" unless ZONED.include?(call.question)
        "#{call.receiver.delete_prefix(".")}.#{call.name} is Active Support's, not loaded, and without a zone until a file of config.require sets Time.zone_default = Time.find_zone!(\"UTC\")"
      end

      def dynamic
        served.flat_map do |source|
          source.dynamic.map { |call| Finding.new(:unknown, source.file, call.line, call.name, "#{call.name}: which constant this names can't be known beforehand", nil, false) }
        end
      end

      # In the words of the server, which would not start.
      def subscriptions
        return [] unless any?
        return [Finding.new(:adapter, CABLE_YML, nil, base.adapter, "the adapter #{base.adapter} needs Active Record: the full server", nil, true)] if OF_ACTIVE_RECORD.include?(base.adapter)
        error, known = base.subscriptions.values_at("error", "known")
        return [] unless error
        return [Finding.new(:unknown, CABLE_YML, nil, CABLE_YML, "#{error}: not set here; the server needs it", nil, false)] unless known
        [Finding.new(:subscriptions, CABLE_YML, nil, base.adapter || CABLE_YML, error.delete_prefix(CABLE_YML).sub(/\A[:,]? /, ""), nil, true)]
      end
    end
  end
end
