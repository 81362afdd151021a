# frozen_string_literal: true

require_relative "../shape"

module ShowcaseMemtrim
  module Verdicts
    # The gems of a recorded boot, and which of them only another one brings.
    class Bundle
      # Ruby brings these too, as it came with Ruby or newer.
      DEFAULT_GEMS = Shape::DEFAULT_GEMS

      # @param app [Hash] the App of a recording
      def initialize(app)
        @gems = app.fetch("gems").to_h { |gem| [gem["name"], gem] }
        @features = app.fetch("features")
        @constants = app.fetch("constants")
        @wanted_by = Hash.new { |all, name| all[name] = [] }
        @gems.each_value { |gem| gem["dependencies"].each { |name| @wanted_by[name] << gem["name"] } }
      end

      # @return [Array<Hash>] those of the Gemfile, as the recording has them
      def listed
        @gems.values.select { |gem| gem["in_gemfile"] }
      end

      # @return [Hash, nil] as the recording has it
      def [](name)
        @gems[name]
      end

      # @return [Hash{String => Array<String>}] every gem → its directories
      def directories
        @gems.transform_values { |gem| gem["dirs"] }
      end

      # @return [Array<String>] files of Rails' own
      def rails_translations
        @gems.values_at(*Shape::RAILS_GEMS).compact.flat_map { |gem| gem["dirs"] }.flat_map { |directory| Dir[File.join(directory, "lib/**/locale/*.yml")] }
      end

      # @return [Array<String>] the gem, and those that would go from the bundle with it
      def with_its_own(name)
        names = [name]
        names.each do |each|
          @gems.fetch(each)["dependencies"].each do |other|
            names << other if @gems.key?(other) && !names.include?(other) && only_for?(other, names)
          end
        end
      end

      # @return [Array<String>] absolute, each with a slash at its end
      def roots(name)
        @roots ||= {}
        @roots[name] ||= with_its_own(name).flat_map { |each| @gems.fetch(each)["dirs"] }.map { |dir| "#{dir}/" }
      end

      # @return [Array<String>] files of the gem, and of those that it alone brings, that were loaded
      def loaded(name)
        @features.select { |file| file.start_with?(*roots(name)) }
      end

      # @return [Boolean] more than the version, which its gemspec may have read
      def loaded?(name)
        directories = @gems.fetch(name)["dirs"].map { |dir| "#{dir}/" }
        @features.any? { |file| file.start_with?(*directories) && !file.end_with?("/version.rb") }
      end

      # @return [Array<String>] constants that the gem, and those that it alone brings, were the first to open
      def constants(name)
        @constants.filter_map { |constant, file| constant if file.start_with?(*roots(name)) }
      end

      # @return [Array<String>] of these, those at the top level that its own files open
      def top_level(name)
        constants(name).reject { |constant| constant.include?("::") }
      end

      # @return [Array<String>] top-level constants that neither the gem nor what it alone brings has opened
      def others(name)
        @constants.filter_map { |constant, file| constant unless constant.include?("::") || file.start_with?(*roots(name)) }
      end

      # Rails' own are looked up by symbols, which are read; others may be by any name.
      #
      # @return [String, nil] a constant that the gem adds to a namespace of which the owner looks constants up
      def registered(name)
        extensions(name).find do |constant|
          namespace = constant[/\A\w+/]
          !Shape::NAMESPACES.include?(namespace) && looks_up?(gem_of(@constants.assoc(namespace).last))
        end
      end

      # @return [Array<String>] of the gem's constants, those in a namespace of another gem's, but for what Ruby brings
      def extensions(name)
        namespaces = @constants.filter_map { |constant, file| constant if !constant.include?("::") && gem_of(file) && !file.start_with?(*roots(name)) }
        constants(name).select { |constant| constant.include?("::") && namespaces.include?(constant[/\A\w+/]) }
      end

      private

      # How a library finds what others have put into its namespace, or have made of its classes.
      LOOKUP = /(?<!Object\.)(?<!Kernel\.)\bconst_get\b|\.constants\b|\b(?:subclasses|descendants)\b|\bdef (?:self\.)?inherited\b|constantize/n

      def looks_up?(owner)
        @lookups ||= {}
        @lookups.fetch(owner) do
          directories = @gems.fetch(owner)["dirs"].map { |dir| "#{dir}/" }
          files = @features.select { |file| file.start_with?(*directories) && file.end_with?(".rb") && File.file?(file) }
          @lookups[owner] = files.any? { |file| File.binread(file).match?(LOOKUP) }
        end
      end

      # @return [String, nil] the gem whose file it is; nil: none, or one that Ruby brings
      def gem_of(file)
        @gem_of ||= Hash.new do |known, path|
          known[path] = @gems.find { |each, gem| !DEFAULT_GEMS.include?(each) && path.start_with?(*gem["dirs"].map { |dir| "#{dir}/" }) }&.first
        end
        @gem_of[file]
      end

      # Rails' own are judged as railties.
      def only_for?(name, names)
        !DEFAULT_GEMS.include?(name) && !Shape::RAILS_GEMS.include?(name) && !@gems[name]["in_gemfile"] && (@wanted_by[name] - names).empty?
      end
    end
  end
end
