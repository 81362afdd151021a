# frozen_string_literal: true

module ShowcaseMemtrim
  # Who of somebody else's code has brought us here.
  module Callers
    # What stands between a line and the file that it requires, or the constant that it names. Ruby 3.3 and newer have a
    # require of their own (bundled_gems.rb), which warns of what is to leave Ruby.
    MACHINERY = %r{\A<internal:|\A\(eval|/gems/(?:bootsnap|zeitwerk|bundler|activesupport)-[^/]+/|/rubygems/|/bundler/|/bundled_gems\.rb(?=:\d+|\z)|/polyglot}

    class << self
      # @param locations [Array<Thread::Backtrace::Location>, nil]
      # @return [Thread::Backtrace::Location, nil] the innermost of nobody's machinery, and not ours; nil: there is none
      def first(locations)
        locations&.find { |location| !MACHINERY.match?(path(location)) && !path(location).start_with?(__dir__) }
      end

      # @return [Array<String>] of an error that is raised for somebody: their line first, not ours
      def backtrace
        caller.drop_while { |line| line.start_with?(__dir__) || MACHINERY.match?(line) }
      end

      # Runs what stands behind a hook of ours: an error that is raised there shows the line that has caused it, and not
      # the hook.
      def unseen
        yield
      rescue NameError => error
        own = error.backtrace.take_while { |line| line.start_with?(__dir__) }
        error.set_backtrace(error.backtrace.drop(own.size)) if own.any?
        raise
      end

      # @return [String] absolute, where there is a file
      def path(location)
        location.absolute_path || location.path
      end

      # @return [Gem::Specification, nil] of the gem whose file it is: the innermost, since the directory of a gem in
      #   development may hold others
      def gem(path)
        ::Gem.loaded_specs.each_value.select { |spec| path.start_with?("#{spec.full_gem_path}/") }.max_by { |spec| spec.full_gem_path.size }
      end

      # @return [String] of an installed gem's file, without the directory of all gems: "courier-1.0/lib/courier.rb"
      def installed(path)
        path.sub(%r{\A.*/gems/(?=[^/]+-\d)}, "")
      end

      # A line as the app's owner knows it.
      #
      # @param directory [String] the app's
      # @return [String] "config/initializers/geocoder.rb:3", or "courier 1.0 (lib/courier.rb:2)"
      def describe(path, line, directory)
        return "#{path.delete_prefix("#{directory}/")}:#{line}" if path.start_with?("#{directory}/") && !path.start_with?("#{directory}/vendor/")
        spec = gem(path)
        spec ? "#{spec.name} #{spec.version} (#{path.delete_prefix("#{spec.full_gem_path}/")}:#{line})" : "#{path}:#{line}"
      end
    end
  end
end
