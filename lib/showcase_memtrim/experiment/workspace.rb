# frozen_string_literal: true

require "fileutils"
require "securerandom"
require "tmpdir"
require_relative "../app"
require_relative "checkout"
require_relative "copy"
require_relative "gemfile_lock"
require_relative "tree"

module ShowcaseMemtrim
  module Experiment
    # The app as trials see it: a copy in a temporary directory that they may write to, of its working tree or of a
    # revision in its repository.
    #
    # The copy stands below a directory of ours where the original stands below /, so what is named relative to it
    # can stand where it is looked for. All workspaces of an app have paths of one length: a path is in every frame
    # and string that a boot keeps, and two trials should differ in nothing else than their variant.
    class Workspace
      EMPTY = %w[log tmp tmp/cache tmp/pids tmp/sockets tmp/storage].freeze

      # What a boot needs and no repository should have; besides what git ignores.
      OWN = %r{\A(?:config/master\.key|config/credentials/[^/]+\.key|config/database\.yml|\.env[^/]*)\z}n

      # @param app [String] the app's directory
      # @param revision [String, nil] of its git repository, in place of the working tree
      # @yield [Workspace] which is closed when the block ends
      # @return [Object, Workspace] what the block gives; without a block the workspace, to be closed
      # @raise [Error] without an app, room, or such a revision
      def self.open(app:, revision: nil)
        workspace = new(app, revision)
        return workspace unless block_given?
        begin
          yield workspace
        ensure
          workspace.close
        end
      end

      private_class_method :new

      # @return [String] the copy
      attr_reader :directory

      # @return [String] the original, its real path
      attr_reader :app

      # @return [String] the Gemfile to boot with: of the original, or of the revision's own checkout
      attr_reader :gemfile

      # @return [String, nil] the commit's sha; nil: the working tree
      attr_reader :revision

      def initialize(app, revision)
        given = File.expand_path(app)
        bootable = App.new(given)
        bootable.check unless revision # in another revision there may be what is missing here
        raise Error, "#{given}: no such directory; --app names the Rails app's" unless File.directory?(given)
        @given = given
        @app = File.realpath(given)
        @process = Process.pid
        make_root
        lay_out(bootable, revision)
      rescue Exception => error # rubocop:disable Lint/RescueException -- Ctrl-C leaves nothing behind either
        close
        raise error unless error.is_a?(Errno::ENOSPC) || error.is_a?(Errno::EDQUOT)
        raise Error, "no room in #{Dir.tmpdir} for a copy of #{given}: set TMPDIR to a directory that has"
      end

      # What its processes need: the app's Gemfile, with a lock that Bundler leaves as it is, and a cache of Bootsnap's
      # that is not the app's own.
      #
      # @return [Hash{String => String}] environment variables
      def variables
        cache = File.join(@root, "bootsnap")
        FileUtils.mkdir_p(cache)
        {"BUNDLE_GEMFILE" => @gemfile, "BUNDLE_FROZEN" => "true", "BOOTSNAP_CACHE_DIR" => cache}
      end

      # A path as the app's owner knows it: relative to the app; in the original, what is beside the app.
      #
      # @param path [String] what follows (":12") stays
      # @return [String] unchanged, if it is elsewhere
      def original(path)
        roots = [@directory, @app, @given]
        return "." if roots.include?(path)
        root = roots.find { |directory| path.start_with?("#{directory}/") }
        return path.delete_prefix("#{root}/") if root
        path.start_with?("#{@mirror}/") ? path.delete_prefix(@mirror) : path
      end

      # What of the app could not be read, and is not in the copy.
      #
      # @return [Array<String>] paths below the app
      def unreadable
        @tree.unreadable
      end

      # Removes the copy, and nothing else. Again, or in a forked process: does nothing.
      def close
        return unless @root && @process == Process.pid
        root, @root = @root, nil
        3.times do # a trial that was killed may have left one that still writes
          make_removable(root)
          FileUtils.rm_rf(root)
          break unless File.exist?(root)
        end
      end

      private

      def make_root
        root = File.join(File.realpath(Dir.tmpdir), "memtrim-#{SecureRandom.hex(6)}")
        Dir.mkdir(root, 0o700)
        @root = root
        @mirror = File.join(root, "files") # stands for /
      end

      def lay_out(bootable, revision)
        @tree = Tree.new(@app, except: [@root])
        @directory = @mirror + @app
        FileUtils.mkdir_p(@directory)
        revision ? lay_out_revision(revision) : lay_out_working_tree(bootable)
        EMPTY.each { |name| FileUtils.mkdir_p(File.join(@directory, name)) }
      end

      def lay_out_working_tree(bootable)
        @gemfile = bootable.gemfile
        Copy.new(@tree, @directory).add
        link_neighbours
      end

      # An app in a larger repository may reach for what is beside it.
      def link_neighbours
        repository = @app
        repository = File.dirname(repository) until repository == "/" || File.exist?(File.join(repository, ".git"))
        return if repository == "/"
        directory = @app
        until directory == repository
          directory = File.dirname(directory)
          (Dir.children(directory) - [".git"]).each do |name|
            neighbour = File.join(directory, name)
            File.symlink(neighbour, @mirror + neighbour) unless File.exist?(@mirror + neighbour) || neighbour == @root
          end
        end
      end

      def lay_out_revision(revision)
        checkout = Checkout.new(@app, revision)
        @revision = checkout.commit
        checkout.write(@mirror + checkout.repository, File.join(@root, "index"))
        missing = "config/environment.rb"
        raise Error, "no Rails app in #{@app} at #{revision}: #{missing} is missing there" unless File.file?(File.join(@directory, missing))
        add_machine_files(checkout)
        add_bundle(checkout.repository, revision)
      end

      # What a boot needs and the repository does not have: of the working tree, where the revision has none.
      def add_machine_files(checkout)
        copy = Copy.new(@tree, @directory)
        links_out(checkout).each do |path|
          File.delete(File.join(@directory, path))
          @tree.below(path) { |entry| copy.place(entry) }
        end
        @tree.each { |entry| copy.place(entry) if entry.kind == :database || OWN.match?(entry.path.b) }
        checkout.ignored.each { |path| @tree.below(path) { |entry| copy.place(entry) } }
      end

      # The revision's links that lead out of the repository as they do in the working tree: there may be databases
      # behind them, and a relative one would lead nowhere.
      #
      # @return [Array<String>] paths below the app
      def links_out(checkout)
        checkout.links.filter_map do |path|
          link = File.join(checkout.repository, path)
          next unless link.start_with?("#{@app}/") && File.symlink?(link) && File.readlink(link) == File.readlink(@mirror + link)
          link.delete_prefix("#{@app}/") unless File.expand_path(File.readlink(link), File.dirname(link)).start_with?("#{checkout.repository}/")
        end
      end

      def add_bundle(repository, revision)
        chosen = App.new(@app).gemfile
        @gemfile = chosen.start_with?("#{repository}/") ? @mirror + chosen : chosen
        raise Error, "no Gemfile for #{@app} at #{revision}: #{original(@gemfile)} is missing there" unless File.file?(@gemfile)
        lock, own = GemfileLock.file(@gemfile), GemfileLock.file(chosen)
        FileUtils.cp(own, lock) if !File.exist?(lock) && File.file?(own)
        add_bundle_settings(File.dirname(chosen), File.dirname(@gemfile))
        link_path_gems(repository)
      end

      # Bundler looks for its settings beside the Gemfile, and takes a relative path from there.
      def add_bundle_settings(from, to)
        settings = File.join(from, ".bundle/config")
        return if from == to || !File.file?(settings)
        text = File.read(settings).sub(/^BUNDLE_PATH: *["']?([^"'\n]+?)["']?$/) { "BUNDLE_PATH: #{File.expand_path($1, from).inspect}" }
        text += "BUNDLE_PATH: #{File.join(from, "vendor/bundle").inspect}\n" if text.match?(/^BUNDLE_DEPLOYMENT: *["']?true/) && !text.match?(/^BUNDLE_PATH:/)
        FileUtils.mkdir_p(File.join(to, ".bundle"))
        File.write(File.join(to, ".bundle/config"), text)
      end

      # Path gems outside the repository are named from where the checkout is not.
      def link_path_gems(repository)
        GemfileLock.new(@gemfile).path_gems.each do |directory|
          original = directory.delete_prefix(@mirror)
          next if File.exist?(directory) || original == directory || original.start_with?("#{repository}/") || !File.directory?(original)
          FileUtils.mkdir_p(File.dirname(directory))
          File.symlink(original, directory)
        end
      end

      # A trial may have left directories that not even their owner may write to.
      def make_removable(directory)
        File.chmod(0o700, directory)
        Dir.each_child(directory) do |name|
          path = File.join(directory, name)
          make_removable(path) if File.lstat(path).directory?
        end
      rescue SystemCallError
        nil
      end
    end
  end
end
