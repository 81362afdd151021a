# frozen_string_literal: true

module ShowcaseMemtrim
  module Uses
    # What the constants of all files mean: Ruby's lexical scopes, then ancestors, then the top level, with the app's own
    # constants before anybody else's.
    class Constants
      Definition = Struct.new(:file, :line, :everywhere, :tests)

      # @return [Hash{String => Definition}] full name → who defines it first
      attr_reader :defined

      # @param catalog [Catalog]
      # @param notes [Array<Notes>] of all files
      # @param everywhere [#call] whether a file's constants are there for all other files
      def initialize(catalog, notes, everywhere:)
        @catalog = catalog
        @defined = {}
        @files = {} # full name → files that define it
        @scopes = {}
        define(notes, everywhere)
        @ancestors = ancestors(notes)
      end

      # @return [Array(Array<String>, String)] names of the offers that a reference means; the constant's full name (nil: nobody knows it)
      def resolve(reference, notes)
        path = reference.path
        return top(path.delete_prefix("::")) if path.start_with?("::")
        return opened(reference) if reference.opens
        head, rest = path.split("::", 2)
        scopes(reference.nesting).each { |scope| (found = below(scope, head, rest, notes)) && (return found) }
        inherited(reference, head, rest, notes) || top(path)
      end

      private

      # Those that others may see first, so that a file's own never hide them.
      def define(notes, everywhere)
        simple, compound = notes.flat_map { |note| note.definitions.map { |nesting, path, line| [note, nesting, path, line] } }
          .partition { |_, nesting, path, _| [*nesting, path].none? { |name| name.delete_prefix("::").include?("::") } }
        [simple, compound].each do |definitions|
          definitions.each do |note, nesting, path, line|
            full = opened_name(path, names(nesting))
            (@files[full] ||= {})[note.file] = true
            known = @defined[full] ||= Definition.new(note.file, line, false, false)
            known.everywhere ||= everywhere.call(note)
            known.tests ||= note.role == :test
          end
          @scopes.clear
        end
      end

      def own?(full, notes)
        definition = @defined[full] or return false
        definition.everywhere || @files[full].key?(notes.file) || (definition.tests && notes.role == :test)
      end

      # @return [Array<String>] full names, innermost first
      def scopes(nesting)
        @scopes[nesting] ||= names(nesting).reverse
      end

      def names(nesting)
        nesting.each_with_object([]) { |path, outer| outer << opened_name(path, outer) }
      end

      # @param outer [Array<String>] full names around it, outermost first
      def opened_name(path, outer)
        return path.delete_prefix("::") if path.start_with?("::")
        head, rest = path.split("::", 2)
        return [outer.last, path].compact.join("::") unless rest
        base = outer.reverse.map { |scope| "#{scope}::#{head}" }.find { |full| @defined.key?(full) } || head
        "#{base}::#{rest}"
      end

      def opened(reference)
        outer = names(reference.nesting)
        full = opened_name(reference.path, outer)
        [@catalog.constant(full, outer.last.to_s), full]
      end

      def below(scope, head, rest, notes)
        full = [scope, head, rest].compact.join("::")
        own = own?("#{scope}::#{head}", notes)
        offers = @catalog.constant(full, scope)
        [offers, full] if own || offers.any?
      end

      def inherited(reference, head, rest, notes)
        innermost = scopes(reference.nesting).first or return
        seen = {innermost => true}
        waiting = [innermost]
        while (name = waiting.shift)
          @ancestors[name]&.each do |ancestor|
            next if seen[ancestor]
            seen[ancestor] = true
            found = below(ancestor, head, rest, notes) and return found
            waiting << ancestor
          end
        end
        nil
      end

      def top(path)
        [@catalog.constant(path), path]
      end

      # Full name → full names of its superclass and of what it includes.
      def ancestors(notes)
        notes.each_with_object({}) do |note, found|
          note.ancestors.each do |nesting, path|
            scope = scopes(nesting).first or next
            (found[scope] ||= []) << ancestor(path, scopes(nesting))
          end
        end.freeze
      end

      # A superclass is written outside of the class that it is of, and an included module inside.
      def ancestor(path, scopes)
        return path.delete_prefix("::") if path.start_with?("::")
        head = path[/\A[^:]+/]
        scope = scopes.drop(1).find { |name| @defined.key?("#{name}::#{head}") || @catalog.constant("#{name}::#{path}", name).any? }
        scope ? "#{scope}::#{path}" : path
      end
    end
  end
end
