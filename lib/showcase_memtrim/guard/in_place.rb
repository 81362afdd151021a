# frozen_string_literal: true

require_relative "../app"
require_relative "../environment"
require_relative "../experiment/gemfile_lock"

module ShowcaseMemtrim
  module Guard
    # The app where it is, for boots that change nothing in it: what a trial needs of an Experiment::Workspace, without
    # the copy. A boot in place writes what every boot of the app writes: its log, and Bootsnap's cache.
    class InPlace
      # @return [String] the app's real path
      attr_reader :directory

      # @return [String] as the other: there is no copy
      alias_method :app, :directory

      # @return [String] the Gemfile to boot with
      attr_reader :gemfile

      # @param directory [String] the app's
      # @param gemfile [String, nil] for an app without one of its own, as an engine's dummy is
      # @raise [Error] when there is no app, no Gemfile, or no lock: Bundler would write one
      def initialize(directory, gemfile: nil)
        @directory = File.expand_path(directory)
        raise Error, "no Rails app in #{@directory}: config/environment.rb is missing" unless File.file?(File.join(@directory, "config/environment.rb"))
        @directory = File.realpath(@directory)
        @gemfile = [App.new(@directory).gemfile, gemfile].compact.find { |file| File.file?(file) }
        raise Error, "no Gemfile in #{@directory}" unless @gemfile
        lock = Experiment::GemfileLock.file(@gemfile)
        raise Error, "no #{original(lock)}: run `bundle install`" unless File.file?(lock)
      end

      # What its boots need, and what they must not have of a process that runs tests: files that RUBYOPT requires
      # (simplecov, a debugger), and what memtrim was told about that process.
      #
      # @return [Hash{String => String, nil}] environment variables; nil: must go
      def variables
        own = ENV.keys.grep(/\AMEMTRIM_(?!IN_GEMFILE)/).to_h { |name| [name, nil] }
        own.merge("BUNDLE_GEMFILE" => @gemfile, "BUNDLE_FROZEN" => "true", "RUBYOPT" => rubyopt)
      end

      # A path as the app's owner knows it.
      #
      # @return [String] relative to the app, or unchanged if it is elsewhere
      def original(path)
        path.delete_prefix("#{@directory}/")
      end

      private

      # @return [String, nil] with its switches, and without what it requires
      def rubyopt
        kept = Environment.clean["RUBYOPT"].to_s.gsub(/(?<!\S)-r\s*\S+/, "").split
        kept.join(" ") if kept.any?
      end
    end
  end
end
