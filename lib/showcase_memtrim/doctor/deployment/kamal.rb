# frozen_string_literal: true

require "shellwords"
require_relative "tree"
require_relative "variable"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # Kamal's config/deploy.yml, and the destination's over it: what runs on the servers, with what.
      class Kamal
        # argv: nil: the image's own command. image: of an accessory.
        Role = Struct.new(:name, :argv, :variables, :line, :file, :image, keyword_init: true)

        # @return [Array<String>]
        attr_reader :files

        # @param texts [Array<Array(String, String)>] files with their texts, the common one first
        # @raise [Error] for what is no YAML
        def initialize(texts)
          @files = texts.map(&:first)
          @documents = texts.filter_map { |file, text| (tree = Tree.read(text, file)) && [file, tree] }
        end

        # @return [Boolean] whether they are Kamal's
        def any?
          !at("servers").nil?
        end

        # @return [String, nil] the Dockerfile that it builds
        def dockerfile
          at("builder")&.last&.[]("dockerfile")&.text
        end

        # @return [Array<Role>]
        def roles
          file, servers = at("servers")
          return [] unless servers
          return [Role.new(name: "web", variables: variables, line: servers.line, file: file)] unless servers.value.is_a?(Hash)
          servers.pairs.map do |name, node|
            command = node["cmd"]
            Role.new(name: name, argv: words(command), variables: variables + own(node["env"], file), line: (command || node).line, file: file)
          end
        end

        # @return [Array<Role>] Redis and the like
        def accessories
          file, found = at("accessories")
          (found&.pairs || {}).map do |name, node|
            Role.new(name: name, argv: words(node["cmd"]), variables: own(node["env"], file), line: (node["cmd"] || node).line, file: file, image: node["image"]&.text)
          end
        end

        private

        # The destination's, or else the common one.
        def at(key)
          @documents.reverse_each { |file, tree| return [file, tree[key]] if tree[key]&.value }
          nil
        end

        def variables
          @documents.flat_map { |file, tree| own(tree["env"], file) }
        end

        # clear: and secret:, or the variables themselves.
        def own(node, file)
          return [] unless node
          clear = (node["clear"] || node["secret"] || node["tags"]) ? node["clear"] : node
          (clear&.pairs || {}).map { |name, value| Variable.new(name: name, value: value.text, file: file, line: value.line, sure: !value.text.nil?) } +
            (node["secret"]&.items || []).filter_map { |item| item.text && Variable.new(name: item.text.split(":").first, file: file, line: item.line, sure: false) }
        end

        def words(node)
          Shellwords.split(node.text) if node&.text
        rescue ArgumentError
          nil
        end
      end
    end
  end
end
