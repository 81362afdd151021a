# frozen_string_literal: true

require "digest"
require "etc"
require "rbconfig"
require_relative "../app"
require_relative "gemfile_lock"
require_relative "tree"

module ShowcaseMemtrim
  module Experiment
    # A digest of all that a trial's figures depend on, but for its variant: code, gems, Ruby, machine, environment.
    # Trials with the same fingerprint may be compared, whenever they were made.
    class Fingerprint
      LIBRARY = File.expand_path("..", __dir__)
      LARGE = 1 << 20 # bytes of a file of which size and time suffice
      DATA = %w[public storage].freeze
      VARIABLES = /\A(?:RUBY|RAILS|RACK|MALLOC|GLIBC|BUNDLE|LD_|BOOTSNAP|WEB_|DATABASE|LANG|LC_|TZ)/n
      NAMED = /\bENV(?:\s*\[|\.(?:fetch|key\?|has_key\?|include\?|delete|values_at)[ (])\s*["'](\w+)["']/n

      # @param app [Workspace, String] or the app's directory: an unchanged app has the same fingerprint as its
      #   workspace
      # @param env [String] RAILS_ENV
      # @param environment [Hash{String => String}] of the trials, as their starter has it
      # @return [String] hexadecimal
      def self.of(app, env:, environment: Environment.clean)
        if app.respond_to?(:gemfile)
          new(app.directory, app.app, app.gemfile, env, environment).digest
        else
          directory = File.realpath(app)
          new(directory, directory, App.new(directory, environment: environment).gemfile, env, environment).digest
        end
      end

      private_class_method :new

      # @param directory [String] the code
      # @param app [String] the app's own directory, of which it may be a copy
      def initialize(directory, app, gemfile, env, environment)
        @tree = Tree.new(directory)
        @app = app
        @gemfile = gemfile
        @environment = environment.merge("RAILS_ENV" => env)
        @digest = Digest::SHA256.new
        @named = []
      end

      # @return [String]
      def digest
        add("app", @app)
        add_files(@tree, except: DATA)
        add_bundle
        add_machine
        add_own_files
        add_environment
        @digest.hexdigest
      end

      private

      # Each part with its length, so that no two sequences of parts run into the same text.
      def add(*parts)
        parts.each { |part| @digest << "#{part.to_s.bytesize}:" << part.to_s }
      end

      def add_files(tree, except: [])
        tree.each do |entry|
          next if except.include?(entry.path.partition("/").first)
          add_file(entry.path, entry.source, entry.stat) if entry.kind == :file
          add_link(tree, entry) if entry.kind == :link
        end
      end

      # What the workspace linked in place of a copy is a file there too.
      def add_link(tree, entry)
        return add_file(entry.path, entry.source, File.stat(entry.source)) if File.file?(entry.source)
        add(entry.path, *tree.target(entry.source)) unless linked_elsewhere?(tree, entry)
      end

      # node_modules and its like, which are no part of the code.
      def linked_elsewhere?(tree, entry)
        tree.target(entry.source).last == File.join(@app, entry.path)
      end

      def add_file(path, source, stat)
        return add(path, stat.size, stat.mtime.to_r) if stat.size > LARGE
        content = File.binread(source)
        add(path, content)
        @named.concat(content.scan(NAMED).flatten)
      rescue Errno::ENOENT, Errno::EACCES
        add(path, "unreadable")
      end

      def add_bundle
        [@gemfile, GemfileLock.file(@gemfile)].each { |file| add("bundle", File.file?(file) ? File.binread(file) : "none") }
        outside = GemfileLock.new(@gemfile).path_gems.reject { |directory| own?(directory) || !File.directory?(directory) }
        outside.each do |directory|
          add("path gem", File.basename(directory))
          add_files(Tree.new(directory, except: [@app, @tree.root])) # the app may be the gem's own
        end
      end

      def own?(directory)
        [@app, @tree.root].any? { |root| directory == root || directory.start_with?("#{root}/") }
      end

      def add_machine
        add(RUBY_DESCRIPTION, RbConfig.ruby, *Etc.uname.values_at(:sysname, :release, :machine), Etc.nprocessors, Etc.sysconf(Etc::SC_PAGESIZE))
      end

      # Whatever it is that measures.
      def add_own_files
        add(VERSION)
        Dir.glob("**/*.{rb,so}", base: LIBRARY).sort.each { |file| add(file, Digest::SHA256.file(File.join(LIBRARY, file)).digest) }
      end

      # One that is not set is not the same as one that is empty.
      def add_environment
        names = @environment.keys.select { |name| VARIABLES.match?(name.b) } | @named.map { |name| name.dup.force_encoding(Encoding::UTF_8) }
        names.sort.uniq.each { |name| add(name, @environment.key?(name) ? "=#{@environment[name]}" : "") }
      end
    end
  end
end
