# frozen_string_literal: true

module ShowcaseMemtrim
  module Uses
    # What one file says. What its constants mean is decided when all files were read (Constants).
    #
    # uses: [Use]. references: [Reference]. definitions: [[nesting, path, line]]. ancestors: [[nesting, path]] of the innermost scope. unknowns: [[line, text]].
    # required: what it requires, as written. autoloads: it speaks of directories to load from. names: watched constants that its text names. does: it
    # defines methods, or calls any but those of a generated file. skipped: why; nil: it was read.
    Notes = Struct.new(:file, :role, :uses, :references, :definitions, :ancestors, :unknowns, :required, :autoloads, :names, :does, :skipped, keyword_init: true) do
      # @param file [String]
      # @param role [Symbol]
      def self.of(file, role)
        new(file: file, role: role, uses: [], references: [], definitions: [], ancestors: [], unknowns: [], required: [], names: [], autoloads: false, does: false)
      end

      # @param names [Array<String>, nil] of offers
      def use(names, line, how, what, at, role: self.role)
        names&.each { |name| uses << Use.new(name: name, file: file, line: line, how: how, what: what, at: at, role: role) }
      end
    end

    # A constant as it stands somewhere.
    #
    # path: "Geocoder::Lookup", "::Geocoder". nesting: what is opened around it, outermost first, as written. opens: it is what
    # a `class` or `module` opens there, or what is assigned.
    Reference = Struct.new(:path, :nesting, :line, :how, :what, :at, :opens, keyword_init: true)
  end
end
