# frozen_string_literal: true

require "psych"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # YAML with its lines: mappings, lists and texts, aliases and merged mappings put in. What ERB would write is not known.
      class Tree
        ERB_VALUE = "ERB-VALUE"
        DEEPEST = 50

        # value: {String => Node}, [Node], String, or nil (nothing, or not known)
        Node = Struct.new(:value, :line, keyword_init: true) do
          def [](key)
            value[key] if value.is_a?(Hash)
          end

          # @return [Hash{String => Node}]
          def pairs
            value.is_a?(Hash) ? value : {}
          end

          # @return [Array<Node>] of a list; one text is a list of one
          def items
            return value if value.is_a?(Array)
            value.is_a?(String) ? [self] : []
          end

          # @return [String, nil]
          def text
            value if value.is_a?(String)
          end
        end

        class << self
          # @param text [String]
          # @param file [String]
          # @return [Node, nil] nil: an empty file
          # @raise [Error] for what is no YAML, with file and line
          def read(text, file)
            text = text.gsub(/^[ \t]*<%(?!=).*?%>[ \t]*(?=\n|\z)/m) { |tag| "\n" * tag.count("\n") }.gsub(/<%=.*?%>/m) { |tag| "#{ERB_VALUE}#{"\n" * tag.count("\n")}" }
            document = Psych.parse(text, filename: file) or return
            new.node(document.root)
          rescue Psych::SyntaxError => problem
            raise Error, "#{file}:#{problem.line}: not YAML: #{[problem.problem, problem.context].compact.join(" ")}"
          end
        end

        def initialize
          @anchors = {}
        end

        # @param yaml [Psych::Nodes::Node]
        # @return [Node]
        def node(yaml, depth = 0)
          return Node.new(line: yaml.start_line + 1) if depth > DEEPEST
          return @anchors.fetch(yaml.anchor) { Node.new(line: yaml.start_line + 1) } if yaml.is_a?(Psych::Nodes::Alias)
          found = Node.new(line: yaml.start_line + 1)
          @anchors[yaml.anchor] = found if yaml.anchor
          found.value =
            case yaml
            when Psych::Nodes::Scalar then scalar(yaml)
            when Psych::Nodes::Sequence then yaml.children.map { |child| node(child, depth + 1) }
            when Psych::Nodes::Mapping then mapping(yaml, depth)
            end
          found
        end

        private

        def scalar(yaml)
          return if yaml.value.include?(ERB_VALUE) || (!yaml.quoted && ["", "~", "null"].include?(yaml.value))
          yaml.value
        end

        def mapping(yaml, depth)
          found = {}
          yaml.children.each_slice(2) do |key, value|
            next unless key.is_a?(Psych::Nodes::Scalar)
            inner = node(value, depth + 1)
            if key.value == "<<"
              (inner.value.is_a?(Array) ? inner.value : [inner]).each { |merged| found = merged.pairs.merge(found) }
            else
              found[key.value] = inner.dup.tap { |copy| copy.line = key.start_line + 1 }
            end
          end
          found
        end
      end
    end
  end
end
