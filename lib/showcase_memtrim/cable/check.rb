# frozen_string_literal: true

require_relative "check/source"
require_relative "check/base"
require_relative "check/extensions"
require_relative "check/finding"
require_relative "check/text"
require_relative "../doctor/app"

module ShowcaseMemtrim
  module Cable
    # Whether an app's connection and channels can be served without the app. Its files are read; what the server has is asked
    # of a process with Action Cable, of the app's own bundle, and without the app.
    class Check
      DIRECTORIES = %w[app/channels app/channels/concerns].freeze
      ADAPTERS = %w[redis async inline test].freeze

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
        @channels ||= Dir.glob("app/channels/**/*.rb", base: app.root).sort.map { |file| Source.read(app.root, file) }
      end

      # What speaks against it, and what has to be given to config.require.
      #
      # @return [Array<Finding>]
      def findings
        @findings ||= [*adapter, *constants, *rails, *requests, *extensions, *dynamic].sort_by.with_index { |finding, nth| [finding.file, finding.line || 0, nth] }
      end

      # @return [Array<String>] for config.require, when the server is to have what the channels need
      def required
        findings.filter_map(&:required).uniq
      end

      # @return [Array<String>] of app/channels
      def classes
        channels.flat_map(&:classes).uniq
      end

      def qualifies?
        findings.none?(&:against?)
      end

      def to_h
        {schema: 1, app: app.root, env: app.env, qualifies: qualifies?, channels: classes, require: required, findings: findings.map(&:to_h)}
      end

      # @param width [Integer]
      def to_s(width)
        Text.new(self, width).to_s
      end

      private

      def base
        @base ||= Base.ask(app, features: channels.flat_map(&:requires).uniq, constants: names, rails: sources(&:rails_calls), methods: sources(&:methods), extensions: true)
      end

      def sources(&block)
        all.flat_map(&block).map(&:name).uniq
      end

      # The channels, and the files of the app that they name.
      def all
        @all ||= closure(channels)
      end

      def closure(list)
        found = list.dup
        found.each do |source|
          source.constants.each do |constant|
            file = file_of(constant) or next
            found << Source.read(app.root, file) unless found.any? { |one| one.file == file }
          end
        end
        found
      end

      def names
        all.flat_map(&:constants).map(&:candidates).uniq
      end

      # By the app's conventions; none for what the channels' own files define.
      def file_of(constant)
        return if own.include?(constant.text) || constant.candidates.any? { |name| own.include?(name) }
        constant.candidates.lazy.filter_map { |name| files[path(name)] }.first
      end

      def path(name)
        name.split("::").map { |part| part.gsub(/([A-Z\d]+)([A-Z][a-z])/, '\1_\2').gsub(/([a-z\d])([A-Z])/, '\1_\2').downcase }.join("/")
      end

      # @return [Hash{String => String}] "heat" => "app/models/heat.rb"
      def files
        @files ||= Dir.glob("{app/*,app/*/concerns,lib}/**/*.rb", base: app.root).reject { |file| file.start_with?("app/channels/") }.sort.reverse.to_h do |file|
          [file.sub(%r{\A(app/[^/]+/concerns|app/[^/]+|lib)/}, "").delete_suffix(".rb"), file]
        end
      end

      def own
        @own ||= channels.flat_map(&:defined) + implicit
      end

      # A folder of app/channels is a module, for Zeitwerk.
      def implicit
        Dir.glob("app/channels/**/", base: app.root).map { |dir| dir.delete_prefix("app/channels/").chomp("/") }.reject(&:empty?).map { |dir| dir.split("/").map { |part| part.split("_").map(&:capitalize).join }.join("::") }
      end

      def there?(constant)
        constant.candidates.any? { |name| own.include?(name) } || base.constant?(constant.candidates)
      end

      def constants
        channels.flat_map { |source| source.constants.reject { |constant| there?(constant) }.map { |constant| missing(source, constant) } }.uniq { |finding| [finding.file, finding.name] }
      end

      def missing(source, constant)
        file = file_of(constant)
        return Finding.new(:constant, source.file, constant.line, constant.text, "#{constant.text} is not in app/channels, and this server has no such constant; a gem's: give its feature to config.require", nil, true) unless file
        chain = needs(file, [])
        return Finding.new(:constant, source.file, constant.line, constant.text, "#{constant.text} (#{file}) needs nothing else of the app", file, false) if chain.empty?
        Finding.new(:constant, source.file, constant.line, constant.text, "#{constant.text} (#{file}) #{chain.join("; ")}: the full server, or a channel that does without it", nil, true)
      end

      # Why a file of the app can't be loaded by itself.
      def needs(file, seen)
        return [] if seen.include?(file)
        source = all.find { |one| one.file == file } or return []
        lacking = source.constants.reject { |constant| there?(constant) || source.defined.include?(constant.text) }
        lacking.filter_map do |constant|
          other = file_of(constant)
          next "needs #{constant.text} (line #{constant.line}), which this server does not have" unless other
          next if other == file || needs(other, seen + [file]).empty?
          "needs #{constant.text} (line #{constant.line}), and with it the app"
        end.first(1)
      end

      def rails
        channels.flat_map do |source|
          source.rails_calls.reject { |call| base.rails?(call.name) }.map do |call|
            Finding.new(:rails, source.file, call.line, call.name, "#{call.name} is not there without Rails", nil, true)
          end
        end
      end

      # What a connection finds in a request only behind the app's middleware.
      def requests
        channels.flat_map do |source|
          source.middleware.map do |call|
            Finding.new(:middleware, source.file, call.line, call.name, "#{call.name} is made by the app's middleware, which no server of Action Cable's own has; identify by a signed or encrypted cookie", nil, true)
          end
        end
      end

      def extensions
        known = Extensions.new(base.active_support)
        channels.flat_map do |source|
          source.methods.reject { |call| base.method?(call.name) }.filter_map do |call|
            feature = known.feature(call.name) or next
            Finding.new(:extension, source.file, call.line, call.name, "#{call.name} is Active Support's, and not loaded", feature, false)
          end
        end.uniq(&:required)
      end

      def dynamic
        channels.flat_map do |source|
          source.dynamic.map { |call| Finding.new(:unknown, source.file, call.line, call.name, "#{call.name}: which constant this names can't be known beforehand", nil, false) }
        end
      end

      def adapter
        name = base.adapter
        return [] if name.nil? || ADAPTERS.include?(name)
        [Finding.new(:adapter, "config/cable.yml", nil, name, "the adapter #{name} needs Active Record: the full server", nil, true)]
      end
    end
  end
end
