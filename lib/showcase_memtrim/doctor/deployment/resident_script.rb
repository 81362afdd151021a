# frozen_string_literal: true

require "shellwords"
require_relative "../../uses/parser"
require_relative "server"
require_relative "text"

ShowcaseMemtrim::Uses::Parser.load

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # A Ruby program of the app's that does not end: it waits for a server that it started, or goes round in a loop.
      class ResidentScript
        # Where it stays. kind: :system (until the command ends), :wait (for a child started earlier), :loop. argv: of the
        # command, as far as it is literal. started: the line that starts the child.
        Stay = Struct.new(:kind, :node, :argv, :started, keyword_init: true) do
          def line
            node.location.start_line
          end

          # @return [String] the program, without its arguments: they may be secrets
          def title
            words = Server.plain(argv)
            (words.first == "rails") ? words.first(2).join(" ") : words.first.to_s
          end
        end
        Required = Struct.new(:name, :line, keyword_init: true)

        SYSTEM = %i[system sh].freeze
        SPAWN = %i[spawn popen].freeze
        WAIT = %i[wait wait2 waitpid waitpid2 waitall detach].freeze
        # Blocks that run where they stand.
        THERE = %i[chdir with_unbundled_env with_clean_env with_original_env tap].freeze
        # Statements that do no work of their own.
        QUIET = %i[trap puts warn print p at_exit exit exit! abort require require_relative sync= freeze].freeze
        # Ruby's own, which every process has.
        CORE = Object.constants.map(&:to_s).freeze

        # @param root [String]
        # @param file [String]
        # @return [ResidentScript, nil] nil: no Ruby that can be read, or it ends
        def self.read(root, file)
          text = Text.read(File.join(root, file)) or return
          return unless file.end_with?(".rb") || text.match?(/\A#!.*\bruby\b/)
          tree, problem = Uses::Parser.parse(text)
          return if problem
          found = new(file, tree.statements)
          found if found.stay
        end

        # Rake's tasks: what runs one stays with all that Rake has loaded, and the app where it asks for that.
        #
        # @return [Array<ResidentScript>]
        def self.tasks(root, file)
          text = Text.read(File.join(root, file)) or return []
          tree, problem = Uses::Parser.parse(text)
          return [] if problem
          blocks(tree).map { |task| new(file, task.block.body, app: task.arguments&.slice.to_s.match?(/\benvironment\b/)) }.select(&:stay)
        end

        def self.blocks(node)
          return [node] if node.is_a?(Prism::CallNode) && node.name == :task && node.receiver.nil? && node.block.is_a?(Prism::BlockNode) && node.block.body.is_a?(Prism::StatementsNode) && !node.arguments&.slice.to_s.match?(DEVELOPMENT_TASK)
          node.compact_child_nodes.flat_map { |child| blocks(child) }
        end
        private_class_method :blocks

        DEVELOPMENT_TASK = /\A:?"?(?:dev|test|spec|start_dev|watch)\b/

        # @return [String]
        attr_reader :file

        # @param app [Boolean] whether the app is loaded before
        def initialize(file, statements, app: false)
          @file = file
          @app = app
          @statements = flat(statements)
          @children = {} # variable → the call that starts it
        end

        # @return [Stay, nil] the last statement that does not end, where it is surely reached
        def stay
          return @stay if defined?(@stay)
          @stay = @statements.filter_map { |statement| stay_of(statement) }.last
        end

        # @return [Array<Required>] in order
        def requires
          @requires ||= (@app ? [Required.new(name: "./config/environment", line: stay.line)] : []) + @statements.filter_map do |statement|
            next unless statement.is_a?(Prism::CallNode) && statement.receiver.nil? && %i[require require_relative].include?(statement.name)
            name = statement.arguments&.arguments&.first
            Required.new(name: name.unescaped, line: statement.location.start_line) if name.is_a?(Prism::StringNode)
          end
        end

        # @return [Boolean] whether it does nothing between the start of the server and its end
        def only_waits?
          return false if stay.kind == :loop
          return true if stay.kind == :system
          between(stay.started, stay.line).all? { |statement| quiet?(statement) }
        end

        # @return [Integer, nil] the line of the first thing that it does after the server has ended
        def afterwards
          @statements.drop_while { |statement| statement.location.start_line <= stay.node.location.end_line }.find { |statement| !quiet?(statement) }&.location&.start_line
        end

        # @return [Array<String>] constants that are used while it stays, or later, or whenever a block or method is called
        def later_constants
          last = stay.node
          constants = @statements.select { |statement| statement.location.start_line > last.location.start_line || statement.equal?(last) || within?(statement, last) }
            .flat_map { |statement| names(statement) }
          (constants + @statements.flat_map { |statement| deferred(statement) } - CORE).uniq
        end

        # @return [Boolean] whether methods without a known receiver may use anything then
        def later_calls?
          @statements.any? { |statement| statement.is_a?(Prism::DefNode) || statement.is_a?(Prism::ClassNode) || statement.is_a?(Prism::ModuleNode) }
        end

        private

        # The statements of the program as they run, with those of begin, if and blocks that run where they stand.
        def flat(statements)
          (statements&.body || []).flat_map do |statement|
            case statement
            when Prism::BeginNode then flat(statement.statements)
            when Prism::IfNode, Prism::UnlessNode then main?(statement) ? flat(statement.statements) : [statement]
            when Prism::ParenthesesNode then statement.body.is_a?(Prism::StatementsNode) ? flat(statement.body) : [statement]
            when Prism::CallNode
              (THERE.include?(statement.name) && statement.block.is_a?(Prism::BlockNode) && statement.block.body.is_a?(Prism::StatementsNode)) ? flat(statement.block.body) : [statement]
            else [statement]
            end
          end
        end

        # if __FILE__ == $0
        def main?(statement)
          statement.predicate.slice.match?(/\A(?:__FILE__\s*==\s*(?:\$0|\$PROGRAM_NAME)|(?:\$0|\$PROGRAM_NAME)\s*==\s*__FILE__)\z/)
        end

        def stay_of(statement)
          call = value(statement)
          @children[statement.name] = call if statement.is_a?(Prism::LocalVariableWriteNode) && starts?(call)
          return endless(statement) if statement.is_a?(Prism::WhileNode) || statement.is_a?(Prism::UntilNode)
          return unless call.is_a?(Prism::CallNode)
          return Stay.new(kind: :system, node: call, argv: argv(call), started: call.location.start_line) if SYSTEM.include?(call.name) && ours?(call) && Server.resident?(argv(call))
          wait_of(call) || forever(call)
        end

        # exit(system("…")), system("…") or abort
        def value(statement)
          case statement
          when Prism::LocalVariableWriteNode, Prism::GlobalVariableWriteNode then value(statement.value)
          when Prism::OrNode, Prism::AndNode then value(statement.left)
          when Prism::CallNode
            inner = statement.arguments&.arguments&.first
            (%i[exit exit! abort].include?(statement.name) && inner.is_a?(Prism::CallNode) && SYSTEM.include?(inner.name)) ? inner : statement
          else statement
          end
        end

        def starts?(call)
          call.is_a?(Prism::CallNode) && SPAWN.include?(call.name)
        end

        # Process.wait(pid), Process.wait spawn("…"), Process.detach(pid).join
        def wait_of(call)
          detached = %i[join value].include?(call.name) && call.receiver.is_a?(Prism::CallNode) && call.receiver.name == :detach
          return if call.name == :detach
          call = call.receiver if detached
          return unless WAIT.include?(call.name) && call.receiver&.slice.to_s.match?(/\A(?:::)?Process\z/)
          given = call.arguments&.arguments&.first
          child = if starts?(given)
            given
          else
            (given.is_a?(Prism::LocalVariableReadNode) ? @children[given.name] : (@children.values.last unless given))
          end
          Stay.new(kind: :wait, node: call, argv: argv(child), started: child.location.start_line) if child
        end

        def forever(call)
          return Stay.new(kind: :loop, node: call) if call.name == :sleep && call.receiver.nil? && call.arguments.nil?
          Stay.new(kind: :loop, node: call) if call.name == :loop && call.receiver.nil? && call.block.is_a?(Prism::BlockNode) && !breaks?(call.block)
        end

        def endless(statement)
          literal = statement.is_a?(Prism::WhileNode) ? Prism::TrueNode : Prism::FalseNode
          Stay.new(kind: :loop, node: statement) if statement.predicate.is_a?(literal) && !breaks?(statement)
        end

        def breaks?(node)
          node.compact_child_nodes.any? { |child| child.is_a?(Prism::BreakNode) || child.is_a?(Prism::ReturnNode) || (child.is_a?(Prism::CallNode) && %i[exit exit! abort exec].include?(child.name)) || breaks?(child) }
        end

        def ours?(call)
          call.receiver.nil? || call.receiver.slice.match?(/\A(?:::)?Kernel\z/)
        end

        # The command's words; what is no literal stands as it is written.
        def argv(call)
          words = (call.arguments&.arguments || []).reject { |argument| argument.is_a?(Prism::HashNode) || argument.is_a?(Prism::KeywordHashNode) }.map { |argument| word(argument) }
          (words.size == 1) ? Shellwords.split(words.first.sub(/\A(?:[A-Za-z_]\w*=\S*\s+|exec\s+)+/, "")) : words
        rescue ArgumentError
          []
        end

        def word(node)
          case node
          when Prism::StringNode then node.unescaped
          when Prism::InterpolatedStringNode then node.parts.map { |part| part.is_a?(Prism::StringNode) ? part.unescaped : "X" }.join
          else node.slice
          end
        end

        def between(first, last)
          @statements.select { |statement| statement.location.start_line > first && statement.location.start_line < last }
        end

        def quiet?(statement)
          call = value(statement)
          return true if call.is_a?(Prism::CallNode) && (QUIET.include?(call.name) || WAIT.include?(call.name))
          call.is_a?(Prism::NilNode) || (statement.is_a?(Prism::LocalVariableWriteNode) && !call.is_a?(Prism::CallNode))
        end

        def within?(statement, node)
          statement.location.start_offset <= node.location.start_offset && statement.location.end_offset >= node.location.end_offset
        end

        # In what may be called at any time: methods, handlers of signals, threads.
        def deferred(node)
          return names(node) if node.is_a?(Prism::DefNode) || node.is_a?(Prism::LambdaNode)
          return names(node) if node.is_a?(Prism::CallNode) && node.block && (%i[trap at_exit].include?(node.name) || node.receiver&.slice == "Thread")
          node.compact_child_nodes.flat_map { |child| deferred(child) }
        end

        def names(node)
          own =
            case node
            when Prism::ConstantReadNode then [node.name.to_s]
            when Prism::ConstantPathNode then [node.slice.delete_prefix("::").split("::").first]
            else []
            end
          own + node.compact_child_nodes.flat_map { |child| names(child) }
        end
      end
    end
  end
end
