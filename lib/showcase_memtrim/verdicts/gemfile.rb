# frozen_string_literal: true

require_relative "../uses/parser"

ShowcaseMemtrim::Uses::Parser.load

module ShowcaseMemtrim
  module Verdicts
    # The lines of a Gemfile that name gems, read and not run.
    class Gemfile
      # line: from 1; text: all of the call, which may be of several lines
      Line = Struct.new(:file, :line, :text, keyword_init: true)

      # @param file [String] absolute
      # @param directory [String] the app's
      def initialize(file, directory)
        @file = file
        @directory = directory
      end

      # @return [Line, nil] nil: no line names it literally (a `gemspec` or a loop may)
      def line_of(gem)
        lines[gem]
      end

      # @return [Hash{String => String}] gem → "Gemfile:12", of all that lines name literally
      def places
        lines.transform_values { |line| "#{line.file}:#{line.line}" }
      end

      private

      def lines
        @lines ||= read(@file, [@file])
      end

      # The files that it evaluates, too; the first line of a gem counts.
      def read(file, seen)
        found = {}
        calls(Prism.parse_file(file).value).each do |call|
          first = call.arguments&.arguments&.first
          next unless first.is_a?(Prism::StringNode)
          if call.name == :gem
            found[first.unescaped] ||= Line.new(file: file.delete_prefix("#{@directory}/"), line: call.location.start_line, text: call.slice)
          elsif call.name == :eval_gemfile
            other = File.expand_path(first.unescaped, File.dirname(file))
            found = read(other, seen << other).merge(found) if File.file?(other) && !seen.include?(other)
          end
        end
        found
      rescue SystemCallError
        {}
      end

      def calls(node)
        own = (node.is_a?(Prism::CallNode) && node.receiver.nil?) ? [node] : []
        own + node.compact_child_nodes.flat_map { |child| calls(child) }
      end
    end
  end
end
