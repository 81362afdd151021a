# frozen_string_literal: true

require "bundler"
require "fileutils"
require "open3"
require "rbconfig"
require_relative "../../../test/support/awkward_app"
require_relative "fresh_app"

module Verdicts
  # An app that tools are asked about: a copy of its own, in a repository of its own (some tools read only what git has).
  class Subject
    TESTS = {"tenant" => "bin/rails test", "api" => "bundle exec rspec", AwkwardApp::NAME => "bin/rails test", FreshApp::NAME => "bin/rails test"}.freeze
    NAMES = TESTS.keys.freeze
    ROOT = File.expand_path("../../..", __dir__)
    WRITTEN = %w[.git coverage log storage tmp].freeze
    GIT = {"GIT_CONFIG_GLOBAL" => File::NULL, "GIT_CONFIG_SYSTEM" => File::NULL}.merge(
      %w[AUTHOR COMMITTER].to_h { |who| ["GIT_#{who}_NAME", "bench"] }, %w[AUTHOR COMMITTER].to_h { |who| ["GIT_#{who}_EMAIL", "bench@example.com"] }
    ).freeze

    # What a command said and how it ended.
    Outcome = Struct.new(:out, :err, :status, keyword_init: true) do
      def ok?
        status.zero?
      end
    end

    # @return [String]
    attr_reader :name, :directory

    # @return [Subject] ready to boot, with nothing in it that a tool has left there
    def self.find(name)
      raise ArgumentError, "no app #{name}; there are: #{NAMES.join(", ")}" unless NAMES.include?(name)
      new(name, "app", prepared(name)).tap(&:commit)
    end

    # @return [Subject] with us in its Gemfile
    def self.with_us(name)
      new(name, "with_us", prepared(name, in_gemfile: true))
    end

    def self.prepared(name, **options)
      case name
      when AwkwardApp::NAME then AwkwardApp.prepare(**options)
      when FreshApp::NAME then FreshApp.prepare # which has us
      else AppCopy.prepare(name, **options)
      end
    end
    private_class_method :prepared

    # @param kind [String] the copy's own directory
    # @param source [String] the app to copy
    def initialize(name, kind, source)
      @name = name
      @directory = File.join(ROOT, "tmp/bench/ruby-#{AppCopy::RUBY}/verdicts", name, kind)
      FileUtils.rm_rf(@directory)
      FileUtils.mkdir_p(@directory)
      FileUtils.cp_r((Dir.children(source) - WRITTEN).map { |file| File.join(source, file) }, @directory)
      FileUtils.mkdir_p(%w[log storage tmp].map { |file| path(file) })
    end

    # @return [Subject] another copy of this one
    def copy(kind)
      Subject.new(name, kind, directory)
    end

    # @return [String] the command that runs the app's tests
    def tests
      TESTS.fetch(name)
    end

    def path(relative)
      File.join(directory, relative)
    end

    # @return [Outcome] of a command in the app, started outside of any bundle
    def run(*command, env: {})
      env = Bundler.unbundled_env.merge("BUNDLE_GEMFILE" => path("Gemfile"), **env).compact
      out, err, status = Open3.capture3(env, *command, chdir: directory, unsetenv_others: true)
      Outcome.new(out: out, err: err, status: status.exitstatus || 128 + status.termsig.to_i)
    end

    # @return [Outcome] of booting it in production
    def boot
      run(RbConfig.ruby, "-e", "require './config/environment'", env: {"RAILS_ENV" => "production", "SECRET_KEY_BASE_DUMMY" => "1"})
    end

    # @return [Outcome] of its tests
    def test
      run("sh", "-c", tests, env: {"RAILS_ENV" => "test"})
    end

    # @return [Array<String>] the gems that its Gemfile names on this Ruby, of all groups
    def gems
      code = %(puts Bundler::Dsl.evaluate(Pathname("Gemfile"), Pathname("Gemfile.lock"), {}).dependencies.map(&:name))
      outcome = run(RbConfig.ruby, "-rbundler", "-e", code)
      outcome.ok? ? outcome.out.split : raise("the Gemfile of #{directory} can't be read: #{outcome.err}")
    end

    # Into git, with all that the app's own .gitignore does not name.
    def commit
      [%w[init --quiet], %w[add --all], %w[commit --quiet --message app]].each do |arguments|
        outcome = run("git", *arguments, env: GIT)
        raise "git #{arguments.first} in #{directory}: #{outcome.err}" unless outcome.ok?
      end
    end
  end
end
