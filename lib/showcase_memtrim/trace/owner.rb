# frozen_string_literal: true

require "rbconfig"

module ShowcaseMemtrim
  class Trace
    # Whose file it is: the app's own, or a gem's, Ruby's, nobody's.
    class Owner
      OURS = "#{File.expand_path("..", __dir__)}/"
      # Where gems are installed, wherever that is: also below the app (vendor/bundle).
      INSTALLED = %r{/gems/[^/]+-\d[^/]*/|/bundler/gems/|/rubygems/|/bundler/|/node_modules/}
      NO_FILE = /\A(?:<internal:|\(eval|\(erb\)|<eval)/
      # Code that somebody types, or gives on the command line.
      TYPED = %r{\A(?:-e?|\((?!eval|erb).*\))\z|/rails/commands/runner/runner_command\.rb\z}
      # Ruby's own library.
      RUBYS = ::RbConfig::CONFIG.values_at("rubylibprefix", "rubylibdir", "sitedir", "vendordir").compact.reject(&:empty?).uniq.map { |path| "#{path}/" }.freeze

      # @param directory [String] the app's
      def initialize(directory)
        directory = File.expand_path(directory)
        @roots = [directory, (File.realpath(directory) if File.directory?(directory))].compact.uniq.map { |root| "#{root}/" }
        @own = {}
      end

      # @return [Boolean] whether the app's developers wrote it. What is beside the app, and in no gem, is theirs too.
      def own?(path)
        @own.fetch(path) { @own[path] = own_file?(path) }
      end

      # @return [Boolean] whether it is of Ruby's own library; gems may be installed beside that
      def rubys?(path)
        path.start_with?(*RUBYS) && !INSTALLED.match?(path)
      end

      # @return [String, nil] the path below the app; nil: it is elsewhere
      def relative(path)
        root = @roots.find { |each| path.start_with?(each) }
        path.delete_prefix(root) if root
      end

      private

      def own_file?(path)
        return true if TYPED.match?(path)
        return false if path.empty? || NO_FILE.match?(path) || INSTALLED.match?(path) || path.start_with?(OURS)
        return true if relative(path)
        !rubys?(path) && Callers.gem(path).nil?
      end
    end
  end
end
