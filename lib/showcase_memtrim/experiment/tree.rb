# frozen_string_literal: true

module ShowcaseMemtrim
  module Experiment
    # An app's files as experiments see them: what a boot may read, and which of it must not be shared with a trial.
    #
    # Left out is what belongs to the app's own runs (log/, tmp/, coverage/), to Bundler (.bundle) or to git. A link
    # is not followed, but for a database behind it, and for what stands in for storage/ or db/, or in them: there
    # databases live.
    class Tree
      include Enumerable

      # @!attribute path   [String] below the root
      # @!attribute kind   [Symbol] :directory, :file, :database (SQLite, or its journal), :link, or :elsewhere: a
      #   directory of many files that only a reader needs (node_modules, installed gems, a cache)
      # @!attribute source [String] where it is; below the root, if not behind a link
      # @!attribute stat   [File::Stat]
      Entry = Struct.new(:path, :kind, :source, :stat)

      LEFT_OUT = %w[.bundle coverage log tmp].freeze
      WITH_DATABASES = %w[db storage].freeze
      SQLITE = "SQLite format 3\0".b.freeze
      JOURNALS = %w[-wal -shm -journal].freeze

      # Whether a file is an SQLite database.
      def self.database?(file)
        File.binread(file, SQLITE.bytesize) == SQLITE
      rescue SystemCallError
        false
      end

      # @return [String]
      attr_reader :root

      # @return [Array<String>] paths that can't be read, of what was walked so far
      attr_reader :unreadable

      # @param root [String]
      # @param except [Array<String>] directories to leave out, wherever they are
      def initialize(root, except: [])
        @root = File.realpath(root)
        @except = except
        @unreadable = []
      end

      # Every entry, in order of path; a directory before what is in it.
      def each(&block)
        return enum_for unless block
        children("", @root, &block)
        self
      end

      # One entry, and all below it; or the folder that it is in, if that is :elsewhere.
      #
      # @param path [String] below the root
      def below(path, &block)
        above = File.dirname(path)
        above = File.dirname(above) until above == "." || left_out?(above, File.join(@root, above)) || elsewhere?(above, File.join(@root, above))
        path = above unless above == "."
        visit(path, File.join(@root, path), &block)
      end

      # Where a link leads.
      #
      # @param source [String] the link
      # @return [Array(String, nil), Array(nil, String)] a path below the root ("" for the root), or an absolute one
      def target(source)
        named = File.expand_path(File.readlink(source), File.dirname(source))
        real = File.exist?(named) ? File.realpath(named) : named
        inside = [named, real].find { |path| path == @root || path.start_with?("#{@root}/") }
        inside ? [inside.delete_prefix(@root).delete_prefix("/"), nil] : [nil, real]
      end

      private

      def children(path, source, &block)
        databases = []
        Dir.children(source).sort.each do |name|
          visit(path.empty? ? name : "#{path}/#{name}", File.join(source, name), databases, &block)
        end
      end

      def visit(path, source, databases = [], &block)
        return if left_out?(path, source)
        stat = lstat(source) or return
        if stat.symlink?
          link(path, source, stat, &block)
        elsif !(stat.directory? || stat.file?)
          nil # a socket, a fifo, a device
        elsif !File.readable?(source) || (stat.directory? && !File.executable?(source))
          @unreadable |= [path]
        elsif stat.directory?
          directory(path, source, stat, &block)
        else
          yield Entry.new(path, file_kind(source, databases), source, stat)
        end
      end

      # Gone since its directory was listed?
      def lstat(source)
        File.lstat(source)
      rescue Errno::ENOENT
        nil
      end

      def left_out?(path, source)
        LEFT_OUT.include?(path) || File.basename(path) == ".git" || @except.include?(source)
      end

      def directory(path, source, stat, &block)
        return yield(Entry.new(path, :elsewhere, source, stat)) if elsewhere?(path, source)
        yield Entry.new(path, :directory, source, stat)
        children(path, source, &block)
      end

      # CACHEDIR.TAG is how a cache says what it is (Cargo's target/, for one).
      def elsewhere?(path, source)
        File.basename(path) == "node_modules" || path == "vendor/bundle" || File.file?(File.join(source, "CACHEDIR.TAG")) ||
          (File.directory?(File.join(source, "ruby")) && Dir.glob("ruby/*/specifications", base: source).any?)
      end

      # A journal comes after its database: its name is longer.
      def file_kind(source, databases)
        return :database if JOURNALS.any? { |suffix| source.end_with?(suffix) && databases.include?(source.delete_suffix(suffix)) }
        return :file unless Tree.database?(source)
        databases << source
        :database
      end

      def link(path, source, stat, &block)
        _, outside = target(source)
        if outside && File.file?(outside) && Tree.database?(outside)
          database_behind(path, outside, &block)
        elsif outside && File.directory?(outside) && holds_databases?(path, source)
          directory(path, outside, File.stat(outside), &block)
        else
          yield Entry.new(path, :link, source, stat)
        end
      end

      # Only as far as the app's own links go: one that is met behind such a link is none of its directories.
      def holds_databases?(path, source)
        WITH_DATABASES.include?(path.partition("/").first) && source == File.join(@root, path)
      end

      # SQLite looks for the journals beside the file itself, and in the copy that is here.
      def database_behind(path, file)
        ["", *JOURNALS].each do |suffix|
          yield Entry.new(path + suffix, :database, file + suffix, File.stat(file + suffix)) if File.file?(file + suffix)
        end
      end
    end
  end
end
