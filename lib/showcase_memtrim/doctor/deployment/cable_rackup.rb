# frozen_string_literal: true

require_relative "../../uses/parser"
require_relative "text"

ShowcaseMemtrim::Uses::Parser.load

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # A rackup file for Action Cable's server alone: cable/config.ru. It runs ActionCable.server, and not the app.
      class CableRackup
        # @param root [String]
        # @param file [String]
        # @return [CableRackup, nil] nil: it is none
        def self.read(root, file)
          text = Text.read(File.join(root, file)) or return
          tree, problem = Uses::Parser.parse(text)
          return if problem
          found = new(file, tree)
          found if found.cable?
        end

        # @return [String]
        attr_reader :file

        # @param tree [Prism::Node]
        def initialize(file, tree)
          @file = file
          @calls = calls(tree)
        end

        # @return [Boolean]
        def cable?
          runs = @calls.select { |call| call.name == :run && call.receiver.nil? }
          runs.any? && runs.all? { |call| call.arguments&.slice.to_s.match?(/\A(?:::)?ActionCable\.server\z/) }
        end

        # @return [Integer, nil] the line that boots the app
        def environment_line
          line { |call| %i[require require_relative].include?(call.name) && call.arguments&.slice.to_s.match?(%r{config/environment["']?\)?\z|config/environment\b}) }
        end

        # @return [Integer, nil]
        def eager_load_line
          line { |call| call.name == :eager_load! && call.receiver&.slice.to_s.match?(/\A(?:::)?Rails\.application\z|\AZeitwerk::Loader\z/) }
        end

        private

        def line(&block)
          @calls.find(&block)&.location&.start_line
        end

        def calls(node)
          own = node.is_a?(Prism::CallNode) ? [node] : []
          own + node.compact_child_nodes.flat_map { |child| calls(child) }
        end
      end
    end
  end
end
