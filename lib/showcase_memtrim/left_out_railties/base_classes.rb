# frozen_string_literal: true

module ShowcaseMemtrim
  class LeftOutRailties
    # The files that `rails new` has written for a railtie and nobody has added to: app/mailers with ApplicationMailer
    # alone. Without the railtie they can't be loaded, and nobody needs them.
    class BaseClasses
      # "application_mailer.rb", "application_cable/channel.rb"
      GENERATED = %r{(?:\A|/)application_\w+(?:/(?:channel|connection))?\.rb\z}

      def initialize(sources, directory:)
        @sources = sources
        @directory = directory
      end

      # @return [Hash{String => Railties::Source}] absolute paths
      def files
        @files ||= Dir[File.join(@directory, "app/*/")].each_with_object({}) do |directory, found|
          paths = Dir[File.join(directory, "**/*.rb")].sort
          source = paths.any? && @sources.find { |each| paths.all? { |path| generated?(path, each) } } or next
          paths.each { |path| found[path] = source }
        end
      end

      # Zeitwerk is told before it looks at the app's directories.
      def ignore
        classes = self
        # A name of its own: Rails sorts initializers by name, and a trial of an app that has a list has two of them.
        ::Rails::Application::Bootstrap.initializer(:"memtrim_base_classes_#{object_id}", group: :all) { |app| app.autoloaders.main.ignore(*classes.files.keys) }
      end

      # @return [Railties::Source, nil] the one that a constant of the ignored files is for
      def source_of(constant)
        files.find { |path, _| constants(path).include?(constant) }&.last
      end

      private

      def generated?(path, source)
        path.match?(GENERATED) && File.read(path).match?(/^\s*class\s+\S+\s*<\s*(?:::)?#{source.namespace}::/)
      end

      # ApplicationMailer; of application_cable/channel.rb: ApplicationCable.
      def constants(path)
        [path, File.dirname(path)].map { |each| File.basename(each, ".rb").split("_").map(&:capitalize).join }.grep(/\AApplication/)
      end
    end
  end
end
