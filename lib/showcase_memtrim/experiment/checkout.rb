# frozen_string_literal: true

require "open3"
require "fileutils"
require_relative "../app"

module ShowcaseMemtrim
  module Experiment
    # One revision of a git repository, laid out in a directory of ours. Nothing is written into the repository: the
    # index is a file of ours, and no hook runs. (`git archive` would leave out what .gitattributes says, and
    # `git worktree` registers itself.)
    class Checkout
      # Of a hook that we may run in; they would name another repository than the app's.
      ENVIRONMENT = {
        "GIT_DIR" => nil, "GIT_WORK_TREE" => nil, "GIT_PREFIX" => nil, "GIT_OPTIONAL_LOCKS" => "0", "GIT_TERMINAL_PROMPT" => "0", "LC_ALL" => "C"
      }.freeze
      # What would write beside the index, start a process, or leave files out.
      SETTINGS = %w[core.splitIndex=false core.fsmonitor=false core.hooksPath=/dev/null core.sparseCheckout=false].flat_map { |setting| ["-c", setting] }.freeze
      LINK = "120000"
      SUBMODULE = "160000"

      # @return [String] the repository's working tree
      attr_reader :repository

      # @return [String] the commit's sha
      attr_reader :commit

      # @return [Array<String>] the revision's symbolic links, below the repository; known when it is written
      attr_reader :links

      # @param directory [String] in the repository
      # @param revision [String] as git names it
      # @raise [Error] without git, a repository, or such a revision
      def initialize(directory, revision)
        @directory = directory
        @repository = git("rev-parse", "--show-toplevel") { |message| raise Error, "#{directory} is in no git repository that could give #{revision}: #{message}" }.chomp
        @commit = revision.start_with?("-") ? unknown(revision) : git("rev-parse", "--verify", "--quiet", "#{revision}^{commit}") { unknown(revision) }.chomp
      end

      # @param to [String] an existing directory
      # @param index [String] a file to make for git
      def write(to, index)
        run = ->(*arguments) { git(*arguments, at: @repository, index: index) { |message| raise Error, "git can't lay #{@commit[0, 12]} out: #{message}" } }
        run.call("read-tree", @commit)
        run.call("checkout-index", "--all", "--force", "--prefix=#{to}/")
        entries = names(run.call("ls-files", "--stage", "-z")).map { |line| line.partition("\t").then { |what, _, path| [*what.split(" "), path] } }
        stamp(entries.map { |entry| File.join(to, entry.last) })
        @links = entries.filter_map { |mode, _, _, path| path if mode == LINK }
        entries.each { |mode, sha, _, path| submodule(path, sha, to, index) if mode == SUBMODULE }
      end

      # What git ignores in the working tree, below the directory: files, and directories of which all is ignored.
      #
      # @return [Array<String>] paths below the directory
      def ignored
        names(git("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory") { "" }).map { |path| path.delete_suffix("/") }
      end

      private

      def unknown(revision)
        raise Error, "no revision #{revision} in #{@repository}: name a branch, tag or commit that is there (git fetch gets those that are not)"
      end

      # The commit's time, as `git archive` has it: the same revision is the same files.
      def stamp(files)
        time = Time.at(git("rev-list", "--max-count=1", "--timestamp", @commit) { "0" }.to_i)
        files.each { |file| File.utime(time, time, file) if File.file?(file) && !File.symlink?(file) }
      end

      # One that was never fetched here is as empty as it is in the working tree.
      def submodule(path, sha, to, index)
        there = File.join(@repository, path)
        return unless File.exist?(File.join(there, ".git"))
        directory = File.join(to, path)
        FileUtils.mkdir_p(directory)
        Checkout.new(there, sha).write(directory, "#{index}.#{sha}")
      end

      # Names need not be UTF-8.
      def names(output)
        output.b.split("\0").map { |name| name.force_encoding(Encoding.find("filesystem")) }
      end

      # @yield [message] when git fails: what it says
      # @return [String] its output, or what the block gives
      def git(*arguments, at: @directory, index: nil)
        out, err, status = Open3.capture3(ENVIRONMENT.merge("GIT_INDEX_FILE" => index), "git", "-C", at, *SETTINGS, *arguments)
        status.success? ? out : yield(err.lines.grep(/^(fatal|error): /).first.to_s[/: (.*)/, 1] || "git #{arguments.first} failed")
      rescue Errno::ENOENT
        raise Error, "git is not installed: a revision can't be had without it"
      end
    end
  end
end
