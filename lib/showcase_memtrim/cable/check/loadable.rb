# frozen_string_literal: true

module ShowcaseMemtrim
  module Cable
    class Check
      # Which of the app's files can be loaded without the app: those all of whose constants are there, or in such files.
      class Loadable
        # @param sources [Sources]
        # @param base [Base]
        def initialize(sources, base)
          @sources = sources
          @base = base
        end

        # @return [Boolean] without any file more
        def there?(source, constant)
          return true if @sources.own?(constant) || source.defines?(constant) || @base.constant?(constant.candidates)
          @sources.file_of(constant).nil? && @sources.inherited?(constant)
        end

        # @param file [String]
        # @return [String, nil] why it can't be loaded by itself; nil: it can
        def obstacle(file)
          obstacles[file]
        end

        # @return [Array<String>] files that the channels need, and that can be loaded
        def files
          @files ||= in_order
        end

        # @param wanted [Array<String>, nil] nil: all
        # @return [Array<String>] files that can be loaded, with all that they name, each after those that it names
        def in_order(wanted = nil)
          wanted ||= @sources.loaded.flat_map { |source| needed(source) }
          @sources.all.map(&:file).intersection(wanted).each_with_object([]) { |file, list| append(file, list, []) } - @sources.loaded.map(&:file)
        end

        # @return [Array<Source::Call>]
        def missing_of_rails(source)
          source.rails_calls.reject { |call| @base.rails?(call.name) }
        end

        private

        def append(file, list, under)
          return if list.include?(file) || under.include?(file) || obstacle(file)
          source = @sources.source(file)
          (needed(source) - @sources.required_by(source)).each { |other| append(other, list, under + [file]) }
          list << file unless list.include?(file)
        end

        # @return [Array<String>] files of the app that it names
        def needed(source)
          source.constants.reject { |constant| there?(source, constant) }.filter_map { |constant| @sources.file_of(constant) }.uniq - [source.file]
        end

        # Files name each other in circles: all pass that nothing speaks against.
        def obstacles
          @obstacles ||= begin
            found = @sources.all.filter_map { |source| (why = own(source)) && [source.file, why] }.to_h
            loop do
              more = @sources.all.reject { |source| found.key?(source.file) }.filter_map { |source| (why = of_others(source, found)) && [source.file, why] }
              break found if more.empty?
              found.update(more.to_h)
            end
          end
        end

        def own(source)
          call = missing_of_rails(source).first
          return "asks for #{call.name} (line #{call.line}), which is not there without Rails" if call
          constant = source.constants.find { |one| !there?(source, one) && @sources.file_of(one).nil? && @base.feature(one.candidates).nil? }
          "needs #{constant.text} (line #{constant.line}), which this server does not have" if constant
        end

        def of_others(source, found)
          constant = source.constants.find { |one| !there?(source, one) && found.key?(@sources.file_of(one)) }
          "needs #{constant.text} (line #{constant.line}), and with it the app" if constant
        end
      end
    end
  end
end
