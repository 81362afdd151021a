# frozen_string_literal: true

require "json"
require "rbconfig"
require_relative "tools"
require_relative "../../lib/showcase_memtrim/experiment"
require_relative "boot"
require_relative "generated_app"
require_relative "../../test/support/app_copy"

# An app that the benches boot: where it is, and what in it can be left out.
class BenchApp
  ROOT = File.expand_path("../..", __dir__)
  NAMES = %w[tenant api gems].freeze

  # What the one app or the other does not use, or does not use at boot: left out together, as a user would.
  SETS = {
    "tenant" => [
      %w[chronic icalendar],
      %w[aws-sdk-s3 combine_pdf fast_excel geocoder rubyzip],
      %w[sentry-ruby sentry-rails],
      %w[action_mailbox/engine action_text/engine],
      %w[action_mailbox/engine action_text/engine rails/test_unit/railtie]
    ],
    "api" => [
      %w[httparty money],
      %w[dry-struct dry-validation],
      %w[httparty money oj jwt],
      %w[faraday sidekiq rack-timeout]
    ],
    "gems" => [
      %w[caxlsx kramdown prawn redcarpet rouge],
      %w[stripe twilio-ruby],
      %w[sidekiq redis],
      %w[action_mailbox/engine action_text/engine],
      %w[faraday httparty geocoder stripe twilio-ruby caxlsx kramdown prawn]
    ]
  }.freeze

  attr_reader :name, :directory

  # @return [BenchApp] ready to boot, with bootsnap's cache warm
  def self.find(name)
    raise ArgumentError, "no app #{name}; there are: #{NAMES.join(", ")}" unless NAMES.include?(name)
    app = new(name, (name == "gems") ? generated : AppCopy.prepare(name))
    2.times { app.boot("plain.rb").then { |boot| raise "#{name} does not boot:\n#{boot.output}" unless boot.ok? } }
    app
  end

  # The generated app of 25 gems, written and bundled where it is not yet.
  def self.generated
    directory = File.join(ROOT, "tmp/bench/ruby-#{AppCopy::RUBY}/gems")
    GeneratedApp.gems(directory)
    GeneratedApp.bundle(directory) unless File.exist?(File.join(directory, "Gemfile.lock"))
    directory
  end

  def initialize(name, directory)
    @name = name
    @directory = directory
  end

  def environment
    {"RAILS_ENV" => "production", "SECRET_KEY_BASE_DUMMY" => "1", "BUNDLE_GEMFILE" => File.join(directory, "Gemfile")}
  end

  # Boots the app under one of the programs in bench/support/boots.
  def boot(program, **options)
    Boot.new(directory, program, environment, **options).run
  end

  # @return [Array<String>] the gems that Bundler.require requires
  def gems
    candidates.gems.keys
  end

  # @return [Array<String>] the railties that the app's own list names
  def railties
    candidates.railties
  end

  # @return [Hash{String => Array<String>}] by gem: the top-level constants that it brings
  def constants
    candidates.gems
  end

  def sets
    SETS.fetch(name).select { |names| (names - gems - railties).empty? }
  end

  # The gem whose figure a tool without railties would have the user read.
  def gem_of(row)
    return row if gems.include?(row)
    {"action_controller/railtie" => "actionpack", "rails/test_unit/railtie" => nil}.fetch(row) { row.split("/").first.delete("_") }
  end

  # @return [Hash{String => Hash}] by name: the full name and the features that Bundler requires for it
  def specs
    @specs ||= JSON.parse(boot("inventory.rb").result)
  end

  # The app as trials see it: a copy of it.
  # @return [ShowcaseMemtrim::Experiment::Workspace]
  def workspace
    @workspace ||= ShowcaseMemtrim::Experiment::Workspace.open(app: directory).tap { |workspace| at_exit { workspace.close } }
  end

  private

  def candidates
    @candidates ||= ShowcaseMemtrim::Experiment::Candidates.of(workspace)
  end
end
