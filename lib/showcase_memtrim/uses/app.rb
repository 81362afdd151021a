# frozen_string_literal: true

require_relative "source_file"
require_relative "catalog"
require_relative "files"
require_relative "constants"
require_relative "workers"
require_relative "idle"

module ShowcaseMemtrim
  module Uses
    # Reads an app: each file by itself, then what their constants mean together.
    class App
      # @param directory [String]
      # @param offers [Array<Offer>]
      # @param env [String]
      # @raise [Error]
      def initialize(directory, offers, env:)
        raise Error, "#{directory}: no such directory" unless File.directory?(directory)
        @files = Files.new(directory, env: env)
        @offers = offers
        @env = env
        @named = {}
        @root = File.realpath(directory)
        @catalog = Catalog.new(offers)
        @catalog.watch(Idle.constants)
        @catalog.own(@files.all)
      end

      # @return [Reading]
      def read
        notes = notes_of_all
        constants = Constants.new(@catalog, notes, everywhere: method(:everywhere?).curry[notes])
        uses = notes.flat_map { |note| note.uses + resolved(note, constants) }
        uses = uses.uniq.reject { |use| theirs?(use) }.sort_by { |use| [use.file, use.line, use.name, use.how.to_s, use.what] }
        alone = Idle.new(@files.all, named(notes), notes.select(&:does).map(&:file)).files
        idle, uses = uses.partition { |use| alone.include?(use.file) }
        Reading.new(uses: uses, idle_uses: idle, files: notes.size, skipped: skipped(notes), unknowns: unknowns(notes), defined: defined(constants), alone: alone)
      end

      private

      # Large files first: workers end at about the same time.
      def notes_of_all
        sources = @files.sources.sort_by { |source| -source.size }
        notes = Workers.map(sources) { |source| SourceFile.read(source, @catalog, @env) }.compact
        read = notes.to_h { |note| [note.file, true] }
        lost = sources.reject { |source| read[source.file] }
        notes += lost.map { |source| SourceFile.new(source, @catalog, @env).words("its reader died") }
        notes.sort_by(&:file)
      end

      def resolved(note, constants)
        note.references.flat_map do |reference|
          offers, full = constants.resolve(reference, note)
          Idle.constants.each { |name| (@named[name] ||= []) << note.file if full == name || full.start_with?("#{name}::") }
          offers.map { |name| Use.new(name: name, file: note.file, line: reference.line, how: reference.how, what: reference.what, at: reference.at, role: note.role) }
        end
      end

      # Generated constants → files that name them, in source or in text.
      def named(notes)
        notes.each { |note| note.names.each { |name| (@named[name] ||= []) << note.file } }
        @named
      end

      # What stands in lib/ is there for others only if somebody loads it.
      def everywhere?(notes, note)
        return true if note.role == :app || note.role == :boot
        return false unless note.role == :lib
        return true unless note.file.start_with?("lib/")
        @loaded ||= notes.flat_map(&:required).to_h { |path| [File.basename(path, ".rb"), true] }
        @autoloads = notes.any?(&:autoloads) if @autoloads.nil?
        @autoloads || @loaded.key?(File.basename(note.file, ".rb"))
      end

      # A gem that lies in the app does not use itself.
      def theirs?(use)
        homes.fetch(use.name, []).any? { |home| use.file.start_with?(home) }
      end

      def homes
        @homes ||= @offers.to_h { |offer| [offer.name, Array(offer.directories).filter_map { |directory| home(directory) }.uniq] }
      end

      # @return [String, nil] "vendor/gems/tariff/"; nil: it is not in the app
      def home(directory)
        real = File.exist?(directory) ? File.realpath(directory) : directory
        return unless real.start_with?("#{@root}/")
        parent = File.dirname(real)
        whole = parent != @root && (File.basename(real) == "lib" || Dir.glob("*.gemspec", base: parent).any?)
        "#{(whole ? parent : real).delete_prefix("#{@root}/")}/"
      end

      def skipped(notes)
        (@files.skipped + notes.filter_map { |note| [note.file, note.skipped] if note.skipped }).sort.uniq
      end

      def unknowns(notes)
        notes.flat_map { |note| note.unknowns.map { |line, text| [note.file, line, text] } }.uniq
      end

      def defined(constants)
        constants.defined.transform_values { |definition| [definition.file, definition.line] }
      end
    end
  end
end
