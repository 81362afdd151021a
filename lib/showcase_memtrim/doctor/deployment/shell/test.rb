# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    class Deployment
      module Shell
        # `[ … ]`, as far as it is decided by variables that are known.
        class Test
          # @param argv [Array<String>] expanded as far as can be
          # @param words [Array<Word>]
          # @param lookup [#call]
          # @param files [#call]
          def initialize(argv, words, lookup, files)
            @argv = argv.drop(1).reject { |word| ["]", "]]"].include?(word) }
            @known = words.drop(1).reject { |word| ["]", "]]"].include?(word.raw) }.map { |word| word.expand(lookup) }
            @raw = words.drop(1).map(&:raw)
            @lookup = lookup
            @files = files
          end

          # @return [Boolean, nil] nil: can't be told
          def holds
            case @argv
            in ["-z", _] then set(@raw[1], @known[1])&.!
            in ["-n", _] | [_] then set(@raw.fetch(@argv.size - 1), @known.last)
            in ["-f" | "-e" | "-r" | "-s", path] then @files.call(path)
            in [_, "=" | "==", _] then @known[0] == @known[2] if @known.values_at(0, 2).all?
            in [_, "!=", _] then @known[0] != @known[2] if @known.values_at(0, 2).all?
            else nil
            end
          end

          private

          # `${LD_PRELOAD+x}`: whether it is set, to whatever
          def set(raw, value)
            name = raw[/\A"?\$\{(\w+)\+\w+\}"?\z/, 1]
            value = @lookup.call(name) if name
            value.nil? ? nil : !value.empty?
          end
        end
      end
    end
  end
end
