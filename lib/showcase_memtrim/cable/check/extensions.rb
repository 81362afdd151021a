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

        # @return [String, nil] active_support/core_ext/numeric/time for `minutes`; nil: none of its methods
        def feature(method)
          features[method]
        end

        private

        def features
          @features ||= Dir.glob("#{DIRECTORY}/**/*.rb", base: @directory).sort.reverse.each_with_object({}) do |file, all|
            names(File.binread(File.join(@directory, file))).each { |name| all[name] = file.delete_suffix(".rb") }
          end
        end

        def names(text)
          tree, = Uses::Parser.parse(text.force_encoding(Encoding::UTF_8))
          found = []
          visit(tree, found)
          found
        end

        def visit(node, found)
          case node
          when Prism::DefNode then found << node.name.to_s
          when Prism::AliasMethodNode then found << node.new_name.slice.delete_prefix(":")
          when Prism::CallNode
            first = node.arguments&.arguments&.first
            found << first.unescaped if node.name == :alias_method && first.is_a?(Prism::SymbolNode)
          end
          node.compact_child_nodes.each { |child| visit(child, found) }
        end
      end
    end
  end
end
