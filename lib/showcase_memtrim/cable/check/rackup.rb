# frozen_string_literal: true

require_relative "../../uses/parser"

module ShowcaseMemtrim
  module Cable
    class Check
      # What a cable/config.ru of this server has for config.require already.
      module Rackup
        FILE = "cable/config.ru"
        SERVER = "showcase_memtrim/cable"

        class << self
          # @param root [String] the app's directory
          # @return [Array<String>] as far as they are written out; none where the file is missing, or another server's
          def required(root)
            file = File.join(root, FILE)
            text = File.file?(file) ? File.binread(file).force_encoding(Encoding::UTF_8) : ""
            return [] unless text.scrub.include?(SERVER)
            tree, problem = Uses::Parser.parse(text)
            raise Error, "#{FILE}: #{problem}" if problem
            lists(tree).flat_map { |node| strings(node) }.uniq
          end

          private

          # `config.require = […]`, `+= […]`, `<< "…"`
          def lists(node)
            own =
              case node
              when Prism::CallOperatorWriteNode then [node.value] if node.read_name == :require
              when Prism::CallNode
                if node.name == :require= || (%i[<< push].include?(node.name) && node.receiver.is_a?(Prism::CallNode) && node.receiver.name == :require)
                  node.arguments&.arguments
                end
              end
            own.to_a + node.compact_child_nodes.flat_map { |child| lists(child) }
          end

          def strings(node)
            case node
            when Prism::StringNode then [node.unescaped]
            when Prism::ArrayNode then node.elements.flat_map { |element| strings(element) }
            else []
            end
          end
        end
      end
    end
  end
end
