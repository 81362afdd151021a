# frozen_string_literal: true

require "shellwords"
require_relative "tree"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # A Compose file: the services, each with its variables.
      class Compose
        # argv: of its command; nil: the image's own. dockerfile, target: what it is built from; nil: not from here.
        # image: the name of one made elsewhere.
        Service = Struct.new(:name, :argv, :entrypoint, :variables, :complete, :dockerfile, :target, :image, :line, keyword_init: true)

        # @return [String]
        attr_reader :file

        # @param text [String]
        # @param file [String] below root
        # @param root [String]
        # @raise [Error] for what is no YAML
        def initialize(text, file, root)
          @file = file
          @root = root
          @tree = Tree.read(text, file)
        end

        # @return [Array<Service>]
        def services
          @services ||= (@tree&.[]("services")&.pairs || {}).map { |name, node| service(name, node) }
        end

        # @return [Boolean] whether it is there to develop with: the app's directory is mounted, or the environment says so
        def development?
          services.any? { |service| service.variables.any? { |variable| %w[RAILS_ENV RACK_ENV].include?(variable.name) && %w[development test].include?(variable.value) } } ||
            services.any? { |service| %w[development dev test].include?(service.target) } || mounts_the_app?
        end

        # @return [Boolean] whether a service has a limit of its stack: `stack: 1048576`, or soft and hard
        def stack_limit?
          @tree["services"].pairs.values.any? { |node| node["ulimits"]&.[]("stack") }
        end

        private

        def mounts_the_app?
          @tree["services"].pairs.values.any? do |node|
            (node["volumes"]&.items || []).any? { |volume| (volume.text || volume["source"]&.text).to_s.match?(%r{\A\.{1,2}/?(?::|\z)|\A\$\{?PWD\}?/?(?::|\z)}) }
          end
        end

        def service(name, node)
          variables, complete = env_files(node)
          variables += environment(node["environment"])
          build = node["build"]
          Service.new(
            name: name, argv: argv(node["command"]), entrypoint: argv(node["entrypoint"]), variables: variables, complete: complete,
            dockerfile: build && dockerfile(build), target: build && build["target"]&.text, image: node["image"]&.text, line: node["command"]&.line || node.line
          )
        end

        def dockerfile(build)
          context = build.text || build["context"]&.text || "."
          path = Text.path(File.join(context, build["dockerfile"]&.text || "Dockerfile"), File.join(@root, File.dirname(file)))
          path.delete_prefix("#{@root}/")
        end

        def argv(node)
          return if node.nil? || node.value.nil?
          return node.value.map { |item| item.text.to_s } if node.value.is_a?(Array)
          Shellwords.split(node.text.to_s)
        rescue ArgumentError
          nil
        end

        # NAME: value, or - NAME=value; without a value it comes from where Compose is run.
        def environment(node)
          return [] unless node
          return node.pairs.map { |name, value| variable(name, value.text, value.line) } if node.value.is_a?(Hash)
          node.items.filter_map do |item|
            name, value = item.text.to_s.split("=", 2)
            variable(name, value, item.line) if name && !name.empty?
          end
        end

        # ${NAME} is put in by whoever runs Compose.
        def variable(name, value, line)
          known = !value.nil? && !value.gsub("$$", "").include?("$")
          Variable.new(name: name, value: (value.gsub("$$", "$") if known), text: value, file: file, line: line, sure: known)
        end

        def env_files(node)
          complete = true
          found = (node["env_file"]&.items || []).flat_map do |item|
            path = item.text || item["path"]&.text
            relative = path && Text.path(path, File.join(@root, File.dirname(file)))
            next Variable.all_of(relative, relative.delete_prefix("#{@root}/")) if relative && File.file?(relative)
            complete = false
            []
          end
          [found, complete]
        end
      end
    end
  end
end
