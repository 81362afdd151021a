# frozen_string_literal: true

module ShowcaseMemtrim
  class Trace
    # What a run defers, what it watches another way, and what boots of the app have told of each.
    class Setup
      NATIVE = "{lib,ext}/**/*.{so,bundle,c,cc,cpp,rs}"

      # @return [Hash{String => Array<String>}] gem → constants, of those that the run has to defer
      attr_reader :left_out
      # @return [Hash{String => Array<String>}] name → where its files are, of all that have any
      attr_reader :directories

      class << self
        # @param candidates [Experiment::Candidates]
        # @param deferred [Hash{String => Array<String>}] to defer in the run
        # @param already [Hash{String => Array<String>}] that the app itself defers
        # @param boots [Hash{String => Hash}] gem → what was found out about deferring it
        # @param facts [Hash] env, lock, fingerprint
        # @param app [String] its directory
        def of(candidates, deferred:, already:, boots:, facts:, app:)
          names = candidates.gems.keys | candidates.railties | already.keys
          directories = names.to_h { |name| [name, directories_of(name, candidates.bundle)] }
          unwatched = directories.to_h { |name, paths| [name, why_not(paths, app)] }.compact
          new(
            left_out: deferred, already: already, directories: directories.select { |_, paths| watchable?(paths, app) }, unwatched: unwatched, boots: boots,
            facts: facts.merge(candidates.environment.slice(:ruby, :rails))
          )
        end

        # @param header [Hash] of an earlier run, with string keys
        def from(header, facts:)
          already = header.fetch("already", {})
          new(left_out: header.fetch("deferred").except(*already.keys), already: already, directories: header.fetch("directories"), unwatched: header.fetch("unwatched"), boots: header.fetch("boots"),
            facts: facts.merge(ruby: header["ruby"], rails: header["rails"]))
        end

        private

        # Of a railtie: its gem's, but Rails' own gem is the framework, of which only a part is the railtie's.
        def directories_of(name, bundle)
          return real([bundle.fetch(name)[:directory]]) unless name.include?("/")
          gem, directory = bundle.map { |each, facts| [each, facts[:directory]] }.find { |_, path| File.file?(File.join(path, "lib/#{name}.rb")) }
          real([(gem == "railties") ? File.join(directory, "lib", File.dirname(name)) : directory].compact)
        end

        # As $LOAD_PATH names it, and as Ruby then names the files.
        def real(paths)
          (paths + paths.select { |path| File.directory?(path) }.map { |path| File.realpath(path) }).uniq
        end

        def watchable?(paths, app)
          paths.any? && paths.none? { |path| "#{app}/".start_with?("#{path}/") }
        end

        # @return [String, nil] nil: nothing speaks against it. A gem that has a native part, too, is watched as far as
        #   that goes: what is seen is a use, what is not may be one.
        def why_not(paths, app)
          return "its files can't be found" if paths.empty?
          return "the app is in its directory" unless watchable?(paths, app)
          return "it has no Ruby code" if Dir.glob("**/*.rb", base: paths.first).empty?
          "part of it is native, and calls of that can't be watched" if Dir.glob(NATIVE, base: paths.first).any?
        end
      end

      def initialize(left_out:, already:, directories:, unwatched:, boots:, facts:)
        @left_out = left_out
        @already = already
        @directories = directories
        @unwatched = unwatched
        @boots = boots
        @facts = facts
      end

      # @return [Hash] for the first line of a run
      def to_h
        deferred = @already.merge(@left_out)
        {**@facts, deferred: deferred, already: @already, watched: @directories.keys - @unwatched.keys - deferred.keys, unwatched: @unwatched, directories: @directories, boots: @boots}
      end
    end
  end
end
