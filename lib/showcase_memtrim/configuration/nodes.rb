# frozen_string_literal: true

module ShowcaseMemtrim
  class Configuration
    # Reading YAML's nodes, which know their lines. Whoever includes it has `error(line, message)`.
    module Nodes
      private

      # @return [Array<Array(Psych::Nodes::Scalar, Psych::Nodes::Node)>] keys and values
      def pairs(mapping)
        pairs = mapping.children.each_slice(2).to_a
        other = pairs.find { |key, _| !key.is_a?(Psych::Nodes::Scalar) }
        raise error(line(other.first), "a key is a name") if other
        unique(pairs.map(&:first)) { |key| [key.value, line(key)] }
        pairs
      end

      # @yieldreturn [Array(String, Integer)] an item's name and line
      def unique(items)
        seen = {}
        items.each do |item|
          name, line = yield item
          raise error(line, "#{name} stands here for the second time") if seen.key?(name)
          seen[name] = true
        end
      end

      def mapping?(node)
        node.is_a?(Psych::Nodes::Mapping)
      end

      def nothing?(node)
        node.is_a?(Psych::Nodes::Scalar) && !node.quoted && ["", "~", "null"].include?(node.value)
      end

      # Psych counts from 0.
      def line(node)
        node.start_line + 1
      end
    end
  end
end
