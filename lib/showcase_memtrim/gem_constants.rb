# frozen_string_literal: true

module ShowcaseMemtrim
  # The top-level constants that a gem's source opens, as far as its text tells. Nothing of it is loaded.
  class GemConstants
    # @param spec [Gem::Specification]
    def initialize(spec)
      @spec = spec
    end

    # @return [Boolean] whether the gem or one of those that it depends on defines it; also true where a native extension
    #   may
    def include?(constant)
      pattern = /^[ \t]*(?:module|class)[ \t]+(?:::)?#{constant}\b|^[ \t]*#{constant}[ \t]*=/n
      specs.any? { |spec| spec.extensions.any? || files(spec).any? { |file| File.binread(file).match?(pattern) } }
    end

    private

    def specs
      found = [@spec]
      found.each { |spec| found.concat(spec.runtime_dependencies.filter_map { |dependency| ::Gem.loaded_specs[dependency.name] } - found) }
    end

    # The gem's main file first: most often it is there.
    def files(spec)
      main = [spec.name, spec.name.tr("-", "/")].map { |name| "/#{name}.rb" }
      spec.full_require_paths.lazy.flat_map { |directory| Dir[File.join(directory, "**/*.rb")].sort_by { |file| [(main.any? { |name| file.end_with?(name) }) ? 0 : 1, file] } }
    end
  end
end
