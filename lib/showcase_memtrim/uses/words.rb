# frozen_string_literal: true

module ShowcaseMemtrim
  module Uses
    # Text that nothing here can parse, as words: names of gems, of their executables, and constants.
    module Words
      CONSTANT = /(?<![\w:.$@])[A-Z]\w*(?:::[A-Z]\w*)*(?!\w)/
      # A program, or a Rake task with its namespace.
      COMMAND = %r{(?<![\w.-])[a-z][\w-]*(?::[a-z][\w-]*)*(?![\w-]|\.\w|:\w)}
      NAME = /(?<![\w-])[A-Za-z]\w*(?:-\w+)*/

      class << self
        # @param notes [Notes]
        # @param text [String] without comments, valid
        # @param line [Integer] of its first line
        # @param at [Symbol]
        # @param commands [Boolean] whether it is commands: executables count as such
        def read(notes, catalog, text, line: 1, at: :load, commands: false, role: notes.role)
          text.each_line.with_index(line) do |content, number|
            next if catalog.idle_lines.key?(content)
            seen = {}
            before = notes.names.size
            commands(content) { |word| once(seen, catalog.executables[word]) { |names| notes.use(names, number, commands ? :executable : :mention, word, at, role: role) } }
            content.scan(NAME) { |word| once(seen, catalog.names[word]) { |names| notes.use(names, number, :mention, word, at, role: role) } }
            content.scan(CONSTANT) do |word|
              notes.names << word[/\w+/] if catalog.watched?(word[/\w+/])
              once(seen, catalog.constant(word)) { |names| notes.use(names, number, :mention, word, at, role: role) }
            end
            catalog.idle_lines[content] = true if seen.empty? && notes.names.size == before && content.size < 80 && catalog.idle_lines.size < 20_000
          end
        end

        # @yieldparam word [String] "plan:all", and "all" of it: a Procfile's "web:puma" starts puma
        def commands(text)
          text.scan(COMMAND) do |word|
            yield word
            yield word[/[^:]+\z/] if word.include?(":")
          end
        end

        private

        def once(seen, names)
          left = names&.reject { |name| seen[name] }
          return if left.nil? || left.empty?
          left.each { |name| seen[name] = true }
          yield left
        end
      end
    end
  end
end
