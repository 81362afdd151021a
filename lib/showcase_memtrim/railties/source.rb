# frozen_string_literal: true

module ShowcaseMemtrim
  module Railties
    # One railtie as the source of the installed Rails has it: read when something is to be known of a railtie that is
    # not loaded.
    class Source
      # "action_mailer/railtie", wherever a line requires it or a list names it.
      NAME = %r{^\s*(?:require\s*\(?\s*)?["']?([a-z_]+(?:/[a-z_]+)*/(?:railtie|engine))["']?\)?\s*(?:#.*)?$}

      # @return [String] its require path
      attr_reader :name
      # @return [String] its absolute path
      attr_reader :file

      def initialize(name, file)
        @name = name
        @file = file
      end

      # @return [String] "action_mailer"
      def library
        @name.delete_suffix("/railtie").delete_suffix("/engine")
      end

      # @return [String] "ActionMailer"
      def namespace
        @namespace ||= library.split("/").map { |part| part.split("_").map(&:capitalize).join }.join("::")
      end

      # @return [Symbol, nil] what the app's configuration calls it; nil: it has no settings of its own
      def setting
        library.include?("/") ? nil : library.to_sym
      end

      # @return [Array<String>] the railties that it requires itself
      def brings
        @brings ||= text.scan(NAME).flatten - [@name]
      end

      # @return [Array<String>] what it gives to the app's models: has_one_attached
      def model_methods
        @model_methods ||= included("active_record").flat_map { |text| text.scan(/^(\s*)class_methods do\n(.*?)^\1end/m).flat_map { |_, body| methods_in(body) } }.uniq
      end

      # @return [Array<String>] what it gives to the app's templates: rich_text_area
      def template_methods
        @template_methods ||= (Dir[File.join(gem_directory, "app/helpers/**/*.rb")].sort.map { |path| File.read(path) } + included("action_view")).flat_map { |text| methods_in(text) }.uniq
      end

      private

      def text
        @text ||= File.read(@file)
      end

      def gem_directory
        @file.delete_suffix("/lib/#{@name}.rb")
      end

      def methods_in(text)
        text.scan(/^\s*(?:def |alias_method :|alias :?)([a-z]\w*[?!]?)/).flatten
      end

      # The source of the modules that its load hooks include into a class of somebody else's.
      def included(hook)
        blocks = text.scan(/on_load\(:#{hook}\) do\n(.*?)^\s+end\n/m).flatten
        modules = blocks.flat_map { |block| block.scan(/^\s*(?:include|extend) ([A-Z][\w:]+)/).flatten }
        modules.filter_map do |constant|
          path = constant.split("::").map { |part| part.gsub(/([a-z])([A-Z])/, '\1_\2').downcase }.join("/")
          candidates = [path, "#{library}/#{path}"].map { |each| File.join(gem_directory, "lib/#{each}.rb") }
          file = candidates.find { |each| File.file?(each) }
          File.read(file) if file
        end
      end
    end
  end
end
