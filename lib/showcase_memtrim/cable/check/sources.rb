# frozen_string_literal: true

require_relative "../places"
require_relative "source"

module ShowcaseMemtrim
  module Cable
    class Check
      # The app's files that matter: those that the server loads, and those that they name.
      class Sources
        CHANNELS = Places::CHANNELS

        # @param root [String] the app's directory
        # @param given [Array<String>] config.require
        # @raise [Error] for what is no Ruby
        def initialize(root, given)
          @root = root
          @given = given
          @read = {}
        end

        # @return [Array<Source>] of app/channels, in the order of their paths
        def channels
          @channels ||= Dir.glob("#{CHANNELS}/**/*.rb", base: @root).sort.map { |file| source(file) }
        end

        # @return [Array<Source>] the channels, what config.require has of the app, and what those require themselves
        def loaded
          @loaded ||= with_required(channels + @given.filter_map { |name| path(name) }.map { |file| source(file) })
        end

        # @return [Array<Source>] those, and whatever of the app is named in them, and so on
        def all
          @all ||= loaded.dup.tap do |found|
            found.each { |one| named(one).each { |file| found.concat(with_required([source(file)]) - found) } }
          end
        end

        # @return [Array<String>] features: what is required and no file of the app
        def features
          (@given + loaded.flat_map(&:requires)).uniq.reject { |name| path(name) }
        end

        # @return [Source]
        def source(file)
          @read[file] ||= Source.read(@root, file)
        end

        # @param constant [Source::Constant]
        # @return [String, nil] where the app defines it: by its conventions, else where it stands; nil: nowhere, or in a file
        #   that is loaded
        def file_of(constant)
          return if own?(constant)
          @files_of ||= {}
          @files_of.fetch(constant.candidates) { |key| @files_of[key] = by_name(constant) || by_definition(constant) }
        end

        # @return [Boolean] whether a file that is loaded defines it
        def own?(constant)
          constant.candidates.any? { |name| own.key?(name) }
        end

        # A class' constants are also those of its superclass and of what it includes.
        #
        # @return [Boolean]
        def inherited?(constant)
          own.any? { |name, _| name.end_with?("::#{constant.text}") }
        end

        # @return [Array<String>] files that a source requires, by whatever name
        def required_by(source)
          (source.relatives + source.requires.map { |name| path(name, of_lib: true) }).compact.select { |file| File.file?(File.join(@root, file)) }
        end

        private

        def named(source)
          source.constants.filter_map { |constant| file_of(constant) unless source.defines?(constant) }
        end

        def with_required(list)
          list.uniq.tap { |found| found.each { |one| found.concat(required_by(one).map { |file| source(file) } - found) } }
        end

        # As the server looks for it (Channels).
        def path(name, of_lib: false)
          places = of_lib ? Places.of_lib(name) : Places.required(name)
          places.find { |file| file.end_with?(".rb") && File.file?(File.join(@root, file)) }
        end

        def own
          @own ||= (loaded.flat_map(&:defined) + implicit).to_h { |name| [name, true] }
        end

        # A folder of app/channels is a module, for Zeitwerk.
        def implicit
          Dir.glob("#{CHANNELS}/**/", base: @root).map { |dir| dir.delete_prefix("#{CHANNELS}/").chomp("/") }.reject(&:empty?)
            .map { |dir| dir.split("/").map { |part| part.split("_").map(&:capitalize).join }.join("::") }
        end

        # `Heat::LIMIT` is in heat.rb, too.
        def by_name(constant)
          count = constant.text.split("::").size
          count.times do |less|
            constant.candidates.each { |name| (file = files[underscored(name.split("::")[0..(-1 - less)])]) && (return file) }
          end
          nil
        end

        def underscored(parts)
          parts.map { |part| part.gsub(/([A-Z\d]+)([A-Z][a-z])/, '\1_\2').gsub(/([a-z\d])([A-Z])/, '\1_\2').downcase }.join("/")
        end

        def by_definition(constant)
          head = constant.text[/\A[^:]+/]
          line = /^\s*(?:(?:class|module)\s+(?:::)?(?:\w+::)*#{head}\b|#{head}\s*(?:\|\|)?=[^=])/n
          files.values.find do |file|
            File.binread(File.join(@root, file)).match?(line) && constant.candidates.any? { |name| source(file).defined.include?(name[/\A(?:.*::)?#{head}\b/]) }
          end
        end

        # @return [Hash{String => String}] "heat" => "app/models/heat.rb"
        def files
          @files ||= Dir.glob("{app/*,app/*/concerns,lib}/**/*.rb", base: @root).reject { |file| file.start_with?("#{CHANNELS}/") }.sort.reverse.to_h do |file|
            [file.sub(%r{\A(app/[^/]+/concerns|app/[^/]+|lib)/}, "").delete_suffix(".rb"), file]
          end
        end
      end
    end
  end
end
