# frozen_string_literal: true

require_relative "ruby_file"
require_relative "catalog"
require_relative "constants"
require_relative "workers"

module ShowcaseMemtrim
  module Uses
    # Who of the gems names what another one offers: constants, guards, requires, plugins.
    class Gems
      HOWS = %i[constant guard require string plugin].freeze
      # What may find files of any gem.
      FINDERS = /find_files|find_latest_files/n

      # @param gems [Hash{String => Array<String>}] name → lib directories
      # @param offers [Array<Offer>]
      def initialize(gems, offers)
        @gems = gems.transform_values { |directories| directories.select { |directory| File.directory?(directory) }.map { |directory| File.realpath(directory) } }
        @offers = offers
        @catalog = Catalog.new(offers)
        @homes = offers.to_h { |offer| [offer.name, Array(offer.directories).select { |directory| File.exist?(directory) }.map { |directory| File.realpath(directory) }] }
      end

      # @return [Array<Use>] by file and line
      def uses
        files = @gems.flat_map { |gem, directories| directories.flat_map { |directory| Dir.glob("**/*.rb", base: directory).map { |file| [gem, File.join(directory, file)] } } }.uniq
        notes = Workers.map(files) { |gem, file| [gem, read(gem, file)] }.compact
        notes.group_by(&:first).flat_map { |gem, found| of_gem(gem, found.filter_map(&:last)) }.sort_by { |use| [use.file, use.line, use.name, use.what] }
      end

      private

      def read(gem, file)
        return unless File.file?(file)
        source = File.binread(file)
        return unless hits(gem).match?(source) || nested?(source)
        notes = Notes.of(file, :lib)
        RubyFile.read(notes, @catalog, source, directory: File.dirname(file), names: false)
        notes
      rescue SystemCallError
        nil
      end

      def of_gem(gem, notes)
        constants = Constants.new(@catalog, notes, everywhere: ->(_) { true })
        found = notes.flat_map { |note| note.uses.select { |use| HOWS.include?(use.how) } + resolved(note, constants) }
        found.reject { |use| own?(gem, use.name) }.uniq.each { |use| use.gem = gem }
      end

      def resolved(note, constants)
        note.references.flat_map do |reference|
          constants.resolve(reference, note).first.map { |name| Use.new(name: name, file: note.file, line: reference.line, how: reference.how, what: reference.what, at: reference.at, role: :lib) }
        end
      end

      def own?(gem, offer)
        gem == offer || (@homes.fetch(offer) & Array(@gems[gem])).any?
      end

      # Whoever means a constant in a namespace says both of its ends somewhere.
      def nested?(source)
        @nested ||= @offers.flat_map { |offer| Array(offer.constants).select { |name| name.include?("::") } }.uniq
          .map { |name| [name[/\A\w+/].b, name[/\w+\z/].b] }.group_by(&:first).transform_values { |ends| ends.map(&:last) }
        @nested.any? { |first, lasts| source.include?(first) && lasts.any? { |last| source.include?(last) } }
      end

      # Anything of what others than the gem itself offer, by its bytes: constants of the top level, first parts of require
      # paths.
      def hits(gem)
        own = @offers.select { |offer| own?(gem, offer.name) }
        (@hits ||= {})[own.map(&:name)] ||= begin
          others = @offers - own
          constants = others.flat_map { |offer| Array(offer.constants).reject { |name| name.include?("::") } }
          paths = others.flat_map { |offer| Array(offer.directories).flat_map { |directory| tops(directory) } + [offer.name] }
          Regexp.new("\\b(?:#{tree(constants.uniq)})\\b|[\"'](?:#{tree(paths.uniq)})\\b|#{FINDERS.source}", Regexp::NOENCODING)
        end
      end

      def tops(directory)
        File.directory?(directory) ? Dir.children(directory).map { |name| name.sub(/\.\w+\z/, "") } : []
      end

      # One alternative for each letter: a long list of alternatives would be tried one by one.
      def tree(words)
        words = words.map(&:b).reject(&:empty?)
        return "(?!)" if words.empty?
        branches({}.tap { |root| words.each { |word| word.each_char.inject(root) { |node, char| node[char] ||= {} }[""] = {} } })
      end

      def branches(node)
        parts = node.filter_map { |char, rest| (char == "") ? nil : Regexp.escape(char) + branches(rest) }
        return "" if parts.empty?
        inner = (parts.one? && !node.key?("")) ? parts.first : "(?:#{parts.join("|")})"
        node.key?("") ? "#{inner}?" : inner
      end
    end
  end
end
