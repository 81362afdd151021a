# frozen_string_literal: true

module ShowcaseMemtrim
  class LeftOutRailties
    # What the app's own files want of railties that are left out, as far as their text tells: superclasses, and what
    # its models are given. Read before Rails is loaded, so that a list that can't work is one clear error.
    class Needs
      # railtie: its require path; file: below the app; text: the line
      Need = Struct.new(:railtie, :file, :line, :text)

      # @param except [Array<String>] absolute paths of files that will not be loaded
      def initialize(sources, directory:, except: [])
        @sources = sources
        @directory = directory
        @except = except
      end

      # @return [Array<Need>] at most one of each file
      def to_a
        return [] if patterns.empty?
        any = Regexp.union(patterns.keys)
        (Dir[File.join(@directory, "app/**/*.rb")].sort - @except).filter_map do |path|
          text = File.binread(path)
          need(path, text) if text.match?(any)
        end
      end

      private

      def patterns
        @patterns ||= @sources.flat_map do |source|
          methods = source.model_methods
          inherits = [/^[ \t]*class[ \t]+[\w:]+[ \t]*<[ \t]*(?:::)?#{source.namespace}::/n, source] unless source.library.include?("/")
          given = [/^[ \t]+(?:#{methods.join("|")})[ \t(]+:/n, source] if methods.any?
          [inherits, given].compact
        end.to_h
      end

      def need(path, text)
        pattern, source = patterns.min_by { |each, _| text.index(each) || text.size }
        at = text.index(pattern)
        Need.new(source.name, path.delete_prefix("#{@directory}/"), text[0, at].count("\n") + 1, text[at..].lines.first.strip)
      end
    end
  end
end
