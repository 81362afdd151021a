# frozen_string_literal: true

require "fileutils"
require "pathname"
require_relative "tree"

module ShowcaseMemtrim
  module Experiment
    # Lays an app's files out elsewhere, so that a trial may write to them. Content is shared with the original by the
    # file system where it can (copy_file_range); what is large, and much, is linked. Databases are never linked.
    class Copy
      LARGE = 5 << 20 # bytes of a file that is linked
      MUCH = 32 << 20 # bytes below one directory of the app's, after which the rest there is linked

      # @param tree [Tree] the original
      # @param directory [String] where to; what is there already stays
      def initialize(tree, directory)
        @tree = tree
        @directory = directory
        @copied = Hash.new(0)
      end

      # @param entries [Enumerable<Tree::Entry>]
      def add(entries = @tree)
        entries.each { |entry| place(entry) }
      end

      # @param entry [Tree::Entry]
      def place(entry)
        to = File.join(@directory, entry.path)
        return if File.symlink?(to) || (File.exist?(to) && entry.kind != :directory)
        FileUtils.mkdir_p(File.dirname(to))
        case entry.kind
        when :directory then directory(entry, to)
        when :database then file(entry, to)
        when :file then linked?(entry) ? File.symlink(entry.source, to) : file(entry, to)
        when :link then File.symlink(target(entry), to)
        when :elsewhere then File.symlink(entry.source, to)
        end
      end

      private

      # Ours must be writable and removable, whatever the original is.
      def directory(entry, to)
        FileUtils.mkdir_p(to)
        File.chmod(entry.stat.mode & 0o7777 | 0o700, to)
      end

      def file(entry, to)
        IO.copy_stream(entry.source, to)
        File.chmod(entry.stat.mode & 0o7777, to)
        File.utime(entry.stat.atime, entry.stat.mtime, to)
      rescue Errno::ENOENT
        nil # deleted in the meantime
      end

      # Links need no room, so only what is copied counts.
      def linked?(entry)
        size = entry.stat.size
        top = entry.path.partition("/").first
        return true if size > LARGE || @copied[top] + size > MUCH
        @copied[top] += size
        false
      end

      def target(entry)
        inside, outside = @tree.target(entry.source)
        return outside if outside
        Pathname.new(inside).relative_path_from(Pathname.new(entry.path).dirname).to_s
      end
    end
  end
end
