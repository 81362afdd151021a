# frozen_string_literal: true

require "psych"
require_relative "ruby/script"
require_relative "../uses/comments"

module ShowcaseMemtrim
  class Doctor
    # The databases of one environment in config/database.yml. Its ERB is not run: `<%= ENV… %>` is evaluated as far as that
    # can be known; what stands between other tags may not be there.
    class Databases
      FILE = "config/database.yml"
      # Active Record's own: HashConfig#pool (7.1 to 8.0), #max_connections (8.1).
      DEFAULT_POOL = 5

      # name: primary, cache, …; pool: a {Value}; key: pool or max_connections, nil where neither stands; line: of the key, or
      # of the database.
      Database = Struct.new(:name, :pool, :key, :line, keyword_init: true)

      # @return [Array<Database>]
      attr_reader :all

      # @param app [App]
      # @raise [Error] for what is no YAML
      def initialize(app)
        @app = app
        path = File.join(app.root, FILE)
        @all = File.file?(path) ? read(File.binread(path).force_encoding(Encoding::UTF_8).scrub("?").delete_prefix("\uFEFF")) : []
      rescue SystemCallError => error
        raise Error, "#{FILE} can't be read: #{SystemError.words(error)}"
      end

      private

      def read(text)
        @values = []
        root = Psych.parse(plain(text))&.root or return []
        @anchors = {}
        remember(root)
        section, = pairs(root)[@app.env]
        mapping?(section) ? databases(section) : []
      rescue Psych::SyntaxError => error
        raise Error, "#{FILE}:#{error.line}: no YAML: #{[error.problem, error.context].compact.join(" ")}"
      end

      # ERB's tags as words for which the values are kept.
      def plain(text)
        tags = text.to_enum(:scan, /<%(?![%=#]).*?%>/m).map { text[0, $~.begin(0)].count("\n") + 1 }
        @doubtful = tags.any? ? (tags.min..tags.max) : nil
        text = Uses::Comments.blank(text, /^[ \t]*<%(?!=).*?%>[ \t]*(?=\n|\z)/m)
        text.gsub(/<%(=?)(.*?)-?%>/m) do |tag|
          @values << (($1 == "=") ? value($2) : Value.unknown)
          "erb_#{@values.size - 1}_#{"\n" * tag.count("\n")}"
        end
      end

      def value(source)
        tree, problem = Uses::Parser.parse(source)
        problem ? Value.unknown : @app.evaluation.of(tree.statements)
      end

      def remember(node)
        @anchors[node.anchor] = node if node.respond_to?(:anchor) && node.anchor && !node.is_a?(Psych::Nodes::Alias)
        node.children&.each { |child| remember(child) }
      end

      def mapping?(node)
        node.is_a?(Psych::Nodes::Mapping)
      end

      def resolved(node)
        node.is_a?(Psych::Nodes::Alias) ? @anchors[node.anchor] : node
      end

      # @return [Hash{String => Array(Node, Integer)}] keys with their values and lines, `<<` merged in
      def pairs(mapping, depth = 0)
        return {} if !mapping?(mapping) || depth > 20
        merged, own = {}, {}
        mapping.children.each_slice(2) do |key, node|
          if key.is_a?(Psych::Nodes::Scalar) && key.value == "<<"
            given = resolved(node)
            given = given.is_a?(Psych::Nodes::Sequence) ? given.children.map { |child| resolved(child) } : [given]
            given.reverse_each { |each| merged.merge!(pairs(each, depth + 1)) }
          elsif key.is_a?(Psych::Nodes::Scalar)
            own[key.value] = [resolved(node), key.start_line + 1]
          end
        end
        merged.merge(own)
      end

      # As Active Record tells them: all values mappings, and they are databases by name.
      def databases(section)
        pairs = pairs(section)
        return [database("primary", section)] unless pairs.any? && pairs.values.all? { |node, _| mapping?(node) }
        pairs.map { |name, (node, _)| database(name, node) }
      end

      def database(name, node)
        pairs = pairs(node)
        key = %w[max_connections pool].find { |each| pairs.key?(each) }
        return Database.new(name: name, pool: without_key(name, pairs), line: node.start_line + 1) unless key
        scalar, line = pairs[key]
        Database.new(name: name, pool: url?(name, pairs) ? Value.unknown : scalar_value(scalar, line), key: key, line: line)
      end

      def without_key(name, pairs)
        url?(name, pairs) ? Value.unknown : Value.new(value: DEFAULT_POOL)
      end

      # A URL's own pool would count; none is looked into.
      def url?(name, pairs)
        pairs.key?("url") || [("DATABASE_URL" if name == "primary"), "#{name.upcase}_DATABASE_URL"].compact.any? { |variable| @app.variable(variable).to_s.match?(/[?&](?:pool|max_connections)=|\Aunknown\z/) }
      end

      def scalar_value(scalar, line)
        return Value.unknown(line) unless scalar.is_a?(Psych::Nodes::Scalar)
        return Value.unknown(line) if @doubtful&.cover?(line)
        index = scalar.value[/\Aerb_(\d+)_\s*\z/, 1]
        value = index ? @values[index.to_i] : Value.new(value: scalar.value)
        number = Integer(value.value.to_s, exception: false) if value.known?
        number ? Value.new(value: number, line: line, variables: value.variables) : Value.unknown(line)
      end
    end
  end
end
