# frozen_string_literal: true

require "rubygems"
require_relative "../experiment/gemfile_lock"
require_relative "../railties/source"

module ShowcaseMemtrim
  class Doctor
    # Where the gems of an app's lock are on this machine: their sources are read for who requires one of Rails' railties.
    class InstalledGems
      RAILS = %w[rails railties actioncable actionmailbox actionmailer actionpack actiontext actionview activejob activemodel activerecord activestorage activesupport].freeze

      # @param root [String] the app's
      # @param gemfile [String] its path
      # @param names [Hash{String => Gem::Version}] of the lock
      def initialize(root, gemfile, names)
        @root = root
        @gemfile = gemfile
        @names = names
      end

      # @return [Array<String>, nil] railties that gems require (Rails' own gems are not asked); nil: some gem is not here
      def railties
        directories = @names.except(*RAILS).to_h { |name, version| [name, directory(name, version)] }
        return if directories.any? { |name, found| found.nil? && !default?(name) }
        (directories.values.compact + Experiment::GemfileLock.new(@gemfile).path_gems).flat_map { |directory| required_in(directory) }.uniq
      end

      private

      # The gems of Ruby itself have no directory of their own.
      def default?(name)
        @default ||= ::Gem::Specification.stubs.select(&:default_gem?).map(&:name)
        @default.include?(name) || path_names.include?(name)
      end

      def path_names
        @path_names ||= Experiment::GemfileLock.new(@gemfile).path_gems.flat_map { |directory| Dir.glob("*.gemspec", base: directory).map { |file| File.basename(file, ".gemspec") } }
      end

      def directory(name, version)
        homes.each do |home|
          found = Dir.glob(["gems/#{name}-#{version}", "gems/#{name}-#{version}-*", "bundler/gems/#{name}-*"], base: home).first
          return File.join(home, found) if found
        end
        nil
      end

      def homes
        @homes ||= [bundle_path, File.join(@root, "vendor/bundle")].compact.uniq.flat_map { |path| [path, *Dir.glob(File.join(path, "ruby/*"))] } + ::Gem.path
      end

      # As `bundle config set --local path` writes it.
      def bundle_path
        file = File.join(@root, ".bundle/config")
        path = File.file?(file) && File.read(file, encoding: Encoding::UTF_8).scrub[/^BUNDLE_PATH: "?([^"\n]+)"?$/, 1]
        File.expand_path(path, @root) if path
      end

      def required_in(directory)
        Dir.glob("{lib,app,config}/**/*.rb", base: directory).flat_map do |file|
          text = File.binread(File.join(directory, file))
          next [] unless text.match?(%r{/(?:railtie|engine)["']}n)
          text.force_encoding(Encoding::UTF_8).scrub("?").scan(Railties::Source::NAME).flatten
        rescue SystemCallError
          []
        end
      end
    end
  end
end
