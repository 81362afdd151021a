# frozen_string_literal: true

require "psych"
require_relative "words"
require_relative "comments"
require_relative "literals"

module ShowcaseMemtrim
  module Uses
    # YAML: what its scalars name. Nothing is made of it but a tree of text.
    class YAMLFile
      ENVIRONMENTS = %w[development test staging].freeze
      LARGE = 2 * 1024 * 1024

      # @param text [String]
      # @return [String] with ERB's tags as words that YAML takes
      def self.without_tags(text)
        Comments.up_to(text, "%>") do |closed|
          Comments.blank(closed, /^[ \t]*<%(?!=).*?%>[ \t]*(?=\n|\z)/m).gsub(/<%.*?%>/m) { |tag| "erb#{"\n" * tag.count("\n")}" }
        end
      end

      # @param env [String] others' sections are not the app's
      # @param commands [Boolean] whether its texts are commands
      # @param data [Boolean] whether its texts are made up
      def initialize(notes, catalog, env, commands: false, data: false)
        @notes = notes
        @catalog = catalog
        @env = env
        @commands = commands
        @data = data
      end

      # @param text [String] valid
      # @return [String, nil] nil: it was read; else why not, and its words were read
      def read(text)
        return words(text) if text.bytesize > LARGE
        Psych.parse_stream(text).children.each { |document| root(document.root) }
        nil
      rescue Psych::Exception, SystemStackError => error
        words(text)
        "no YAML: #{error.message.delete_prefix("(<unknown>): ")[0, 100]}"
      end

      private

      def words(text)
        Words.read(@notes, @catalog, Comments.without(text, :hash), commands: @commands) unless @data
        nil
      end

      def root(node)
        return value(node, nil, @notes.role) unless node.is_a?(Psych::Nodes::Mapping)
        node.children.each_slice(2) { |name, content| pair(name, content, role_of(name)) }
      end

      def role_of(key)
        name = key.value if key.is_a?(Psych::Nodes::Scalar)
        return @notes.role if @notes.role != :boot || name == @env || !ENVIRONMENTS.include?(name)
        (name == "test") ? :test : :development
      end

      def pair(name, content, role)
        scalar(name, nil, role) if name.is_a?(Psych::Nodes::Scalar)
        value(content, name, role)
      end

      # @param key [Psych::Nodes::Node, nil] which it is the value of
      def value(node, key, role)
        tag(node, role) if node.respond_to?(:tag) && node.tag
        case node
        when Psych::Nodes::Scalar then scalar(node, key, role)
        when Psych::Nodes::Sequence then node.children.each { |child| value(child, key, role) }
        when Psych::Nodes::Mapping then node.children.each_slice(2) { |name, content| pair(name, content, role) }
        end
      end

      # `!ruby/object:Geocoder`
      def tag(node, role)
        Words.read(@notes, @catalog, node.tag.split(":", 2).last, line: node.start_line + 1, role: role)
      end

      def scalar(node, key, role)
        text = node.value
        first = node.start_line + 1
        first += 1 if %i[literal folded].include?(style(node))
        if key
          plain = text.delete_prefix(":")
          found = @catalog.symbols[plain]
          found ||= @catalog.choices[Catalog.plain(plain)] if key.is_a?(Psych::Nodes::Scalar) && Literals::CHOICE.match?(key.value)
          return @notes.use(found, first, :symbol, text, :load, role: role) if found
        end
        return if @data && !@catalog.constant_text(text).any?
        Words.read(@notes, @catalog, text, line: first, commands: @commands, role: role)
      end

      def style(node)
        {Psych::Nodes::Scalar::LITERAL => :literal, Psych::Nodes::Scalar::FOLDED => :folded}[node.style]
      end
    end
  end
end
