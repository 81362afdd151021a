# frozen_string_literal: true

module ShowcaseMemtrim
  module Experiment
    # What is asked of a booted app when all else is known, since it changes the process.
    module Afterwards
      class << self
        # @return [Hash{String => Array, nil}] the app's Rake tasks → file and line; {} for an app without
        def tasks
          require "rake"
          file = File.expand_path("Rakefile")
          File.file?(file) ? ::Rake.load_rakefile(file) : ::Rails.application.load_tasks
          ::Rake::Task.tasks.to_h { |task| [task.name, task.actions.first&.source_location] }
        rescue StandardError, ScriptError, SystemExit
          {}
        end

        # Uses gems for the first time.
        #
        # @param gems [Hash{String => Array<String>}] gem → constants
        # @param measure [Boolean] also how many bytes more the process then holds
        # @return [Hash{String => Hash}] gem → error (nil: all is there), files, bytes, translations (files of them that
        #   I18n now has)
        def uses(gems, measure: false)
          gems.to_h do |name, constants|
            files, bytes = $LOADED_FEATURES.dup, (held if measure)
            error = constants.filter_map { |constant| error_of(constant) }.first
            [name, {error: error, files: $LOADED_FEATURES - files, bytes: bytes && held - bytes, translations: translations}]
          end
        end

        private

        def error_of(constant)
          Object.const_get(constant) && nil
        rescue StandardError, ScriptError => error
          "#{error.class}: #{error.message.to_s.lines.first.to_s.strip}"
        end

        # Those whose first key is answered: a backend that is in use does not notice what is only appended to its list.
        def translations
          return [] unless defined?(::I18n.load_path)
          ::I18n.load_path.flatten.map(&:to_s).grep(/\.ya?ml\z/).select do |file|
            locale, keys = ::YAML.safe_load_file(file, aliases: true, permitted_classes: [Symbol])&.first
            keys.respond_to?(:keys) && ::I18n.backend.exists?(locale.to_sym, keys.keys.first.to_sym)
          rescue StandardError, ScriptError
            false
          end
        end

        def held
          Recorder.holdings(GC::INTERNAL_CONSTANTS.fetch(:HEAP_PAGE_SIZE, 65_536)).first(2).sum
        end
      end
    end
  end
end
