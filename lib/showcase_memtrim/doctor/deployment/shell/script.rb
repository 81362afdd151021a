# frozen_string_literal: true

require_relative "../environment"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      module Shell
        # A script with what is known of its environment: which commands run, with which variables.
        class Script
          # argv: words with variables put in as far as they are known. env: Environment. sure: whether it runs whatever
          # happens. background: it is not waited for.
          Command = Struct.new(:argv, :env, :line, :sure, :background, keyword_init: true)

          EXPORT = %w[export declare typeset readonly].freeze

          # @return [Array<Command>] in order; `exec` is taken off
          attr_reader :commands
          # @return [Environment] at its end
          attr_reader :environment

          # @param text [String] valid UTF-8, lines ended by \n
          # @param file [String] whose text it is, for places
          # @param line [Integer] of its first line
          # @param environment [Environment] it starts with
          # @param files [#call] a path → whether the container has it, nil if that can't be told
          def initialize(text, file:, line: 1, environment: Environment.new, files: ->(_) {})
            @file = file
            @environment = environment.with([])
            @files = files
            @commands = []
            @shell = {} # variables that are not exported
            walk(Parser.new(Lexer.new(text, line).tokens).nodes, true)
          rescue Unreadable, SystemStackError
            @commands = []
            @environment = environment
          end

          private

          # @return [Boolean, nil] whether the last node succeeds; nil: can't be told
          def walk(nodes, sure)
            result = true
            nodes.each do |node|
              held = holds(node.joined, result)
              next if held == false
              result = one(node, sure && held)
            end
            result
          end

          # A command after `&&` runs if what stands before it succeeds: an image is not built, a script with -e not gone on
          # with, where that is a command and fails.
          def holds(joined, result)
            case joined
            when "&&" then result
            when "||" then result.nil? ? nil : !result
            else true
            end
          end

          def one(node, sure)
            case node
            when If then condition(node, sure)
            when Group then walk(node.body, sure)
            when Perhaps
              walk(node.body, nil)
              true
            else
              simple(node, sure)
            end
          end

          def condition(node, sure)
            held = walk(node.condition, sure)
            walk(node.body, sure && held) unless held == false
            walk(node.otherwise, sure && (held.nil? ? nil : !held)) unless held == true
            true
          end

          def simple(node, sure)
            node.words.each { |word| defaults(word, node.line, sure) }
            argv = node.words.map { |word| word.expand(method(:lookup)) || word.text }
            argv.shift(2) if argv.first == "!" # its result is turned round: not followed
            if argv.empty?
              node.assignments.each { |name, word| assign(name, word, node.line, sure, @environment.set?(name)) }
              return true
            end
            return Test.new(argv, node.words, method(:lookup), @files).holds if ["[", "[[", "test"].include?(argv.first)
            return export(node, sure) if EXPORT.include?(argv.first)
            return unset(argv) if argv.first == "unset"
            add(argv, node, sure)
          end

          # : "${PORT:=3000}"
          def defaults(word, line, sure)
            word.raw.scan(/\$\{(#{Word::NAME}):?=([^}]*)\}/o) do |name, value|
              assign(name, Word.new(value), line, sure, @environment.set?(name)) if lookup(name) == ""
            end
          end

          def add(argv, node, sure)
            set = node.assignments.map { |name, word| variable(name, word, node.line, true) }
            argv, more = without_prefixes(argv, node)
            @commands << Command.new(argv: argv, env: @environment.with(set + more), line: node.line, sure: sure == true, background: node.background == true) if argv.any?
            {"false" => false}.fetch(argv.first, true)
          end

          # `exec`, `env NAME=value`, `nice`: what they start is the command.
          def without_prefixes(argv, node)
            more = []
            loop do
              case argv.first
              when "exec", "nohup", "time", "command", "setsid", "then" then argv = argv.drop(1)
              when "nice", "ionice", "stdbuf", "gosu", "su-exec"
                argv = argv.drop(1)
                argv = argv.drop(1) if %w[gosu su-exec].include?(node.words.first.text) && argv.size > 1
              when "env"
                argv = argv.drop(1).drop_while { |word| word == "-i" }
                while (match = argv.first&.match(/\A(#{Word::NAME})=(.*)\z/mo))
                  more << Variable.new(name: match[1], value: match[2], file: @file, line: node.line)
                  argv = argv.drop(1)
                end
              else
                return [argv.drop_while { |word| word.start_with?("-") }, more]
              end
            end
          end

          def export(node, sure)
            node.words.drop(1).each do |word|
              name, value = word.assignment
              if name then assign(name, value, node.line, sure, true)
              elsif (kept = @shell.delete(word.text)) then @environment.set(kept)
              end
            end
            true
          end

          def unset(argv)
            argv.drop(1).each do |name|
              @shell.delete(name)
              @environment.set(Variable.new(name: name, file: @file, sure: false)) if @environment.set?(name)
            end
            true
          end

          def assign(name, word, line, sure, exported)
            found = variable(name, word, line, sure == true)
            exported ? @environment.set(found) : @shell[name] = found
          end

          def variable(name, word, line, sure)
            Variable.new(name: name, value: word.expand(method(:lookup)), text: word.text, file: @file, line: line, sure: sure)
          end

          def lookup(name)
            kept = @shell[name] or return @environment.lookup(name)
            kept.value if kept.sure
          end
        end
      end
    end
  end
end
