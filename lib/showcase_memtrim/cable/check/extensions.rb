# frozen_string_literal: true

module ShowcaseMemtrim
  module Cable
    class Check
      # Which file of Active Support's core_ext has a method.
      class Extensions
        DIRECTORY = "active_support/core_ext"

        # @param directory [String] Active Support's lib
        def initialize(directory)
          @directory = directory
        end

        # @param call [Source::Call]
        # @return [String, nil] active_support/core_ext/numeric/time for `5.minutes`; nil: none of its methods
        def feature(call)
          owners = owners(call.receiver)
          owners.filter_map { |owner| features[[owner, call.name]] }.first || by_name(call.name, owners)
        end

        private

        # @return [Array<String>] ["Integer", "Numeric", …]; ".Time": [".Time"]
        def owners(receiver)
          return [receiver].compact unless receiver&.match?(/\A[A-Z]/)
          Object.const_get(receiver).ancestors.map(&:to_s)
        end

        # Of a module that is mixed in: by the folder, where the receiver is known.
        def by_name(name, owners)
          @by_name ||= features.each_with_object({}) { |((_, method), feature), all| (all[method] ||= []) << feature }
          found = @by_name.fetch(name, [])
          owners.empty? ? found.first : found.find { |feature| owners.any? { |owner| owner.downcase == feature.split("/")[-2] } }
        end

        def features
          @features ||= Dir.glob("#{DIRECTORY}/**/*.rb", base: @directory).sort.each_with_object({}) do |file, all|
            tree, = Uses::Parser.parse(File.binread(File.join(@directory, file)).force_encoding(Encoding::UTF_8))
            visit(tree, nil) { |owner, name| all[[owner, name]] ||= file.delete_suffix(".rb") }
          end
        end

        def visit(node, owner, &found)
          case node
          when Prism::ClassNode, Prism::ModuleNode then owner = node.constant_path.slice
          when Prism::SingletonClassNode then owner = ".#{owner}"
          when Prism::DefNode then yield (node.receiver ? ".#{owner}" : owner), node.name.to_s
          when Prism::AliasMethodNode then yield owner, node.new_name.slice.delete_prefix(":")
          when Prism::CallNode
            first = node.arguments&.arguments&.first
            yield owner, first.unescaped if node.name == :alias_method && first.is_a?(Prism::SymbolNode)
          end
          node.compact_child_nodes.each { |child| visit(child, owner, &found) }
        end
      end
    end
  end
end
