# frozen_string_literal: true

require_relative "../showcase_memtrim"
require_relative "environment"

module ShowcaseMemtrim
  # The Rails app that is measured: where it is, and which Gemfile it boots with.
  class App
    # @return [String] as it was given
    attr_reader :directory

    # @param directory [String]
    # @param gemfile [String, nil] nil: the user's own choice, else the app's
    # @param environment [Hash{String => String}] the user's own
    def initialize(directory, gemfile: nil, environment: Environment.clean)
      @directory = directory
      @gemfile = gemfile
      @environment = environment
    end

    # @raise [Error] when there is no app, or no Gemfile for it
    def check
      raise Error, "#{@directory}: no such directory; --app names the Rails app's" unless File.directory?(@directory)
      raise Error, "no Rails app in #{@directory}: config/environment.rb is missing; --app names the app's directory" unless File.file?(File.join(@directory, "config/environment.rb"))
      return if File.file?(gemfile)
      raise Error, chosen_gemfile ? "no Gemfile at #{gemfile}, which BUNDLE_GEMFILE names" : "no Gemfile in #{@directory}: set BUNDLE_GEMFILE if it is elsewhere"
    end

    # As Rails' config/boot.rb has it; not the bundle that we run in.
    #
    # @return [String] whether there is one or not
    def gemfile
      @gemfile || chosen_gemfile || File.join(@directory, "Gemfile")
    end

    private

    def chosen_gemfile
      chosen = @environment["BUNDLE_GEMFILE"].to_s
      File.expand_path(chosen) unless chosen.empty?
    end
  end
end
