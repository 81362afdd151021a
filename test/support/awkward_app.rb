# frozen_string_literal: true

require "fileutils"
require "json"
require "rbconfig"
require_relative "app_copy"
require_relative "awkward_gems"

# A small Rails app with all of AwkwardGems in its Gemfile. It boots in production, and its own tests pass and leave
# most of its pages alone; made once for one Ruby and one Rails.
#
#   AwkwardApp.prepare(rails: "7.2")                 # => ".../tmp/legs/ruby-3.1-rails-7.2/garden"
#   AwkwardApp.answers(directory)                    # => {"sparkline_svg" => true, "mulch" => true, ...}
class AwkwardApp < AppCopy
  NAME = "garden"
  QUESTIONS = File.join(__dir__, "awkward_app/questions.rb")

  # Where lines of the planted gems go.
  LINES = "# LINES\n"

  FILES = {
    "config.ru" => "require_relative \"config/environment\"\n\n#{LINES}run Rails.application\nRails.application.load_server\n",
    "Procfile" => "web: bundle exec puma -C config/puma.rb\n#{LINES}",
    "Rakefile" => "require_relative \"config/application\"\n\nRails.application.load_tasks\n",
    "bin/rails" => "#!/usr/bin/env ruby\nAPP_PATH = File.expand_path(\"../config/application\", __dir__)\nrequire_relative \"../config/boot\"\nrequire \"rails/commands\"\n",
    "bin/rake" => "#!/usr/bin/env ruby\nrequire_relative \"../config/boot\"\nrequire \"rake\"\nRake.application.run\n",
    "config/boot.rb" => "ENV[\"BUNDLE_GEMFILE\"] ||= File.expand_path(\"../Gemfile\", __dir__)\n\nrequire \"bundler/setup\"\n",
    "config/environment.rb" => "require_relative \"application\"\n\nRails.application.initialize!\n",
    "config/puma.rb" => "threads 3, 3\nport ENV.fetch(\"PORT\", 3000)\n",
    "config/database.yml" => "default: &default\n  adapter: sqlite3\n\n" + %w[development test production].map { |env| "#{env}:\n  <<: *default\n  database: storage/#{env}.sqlite3\n" }.join("\n"),
    "config/storage.yml" => "local:\n  service: Disk\n  root: <%= Rails.root.join(\"storage\") %>\n",
    "config/application.rb" => <<~RUBY,
      require_relative "boot"

      require "rails/all"

      Bundler.require(*Rails.groups)
      #{LINES}
      module Beds
        class Application < Rails::Application
          config.load_defaults "\#{Rails::VERSION::MAJOR}.\#{Rails::VERSION::MINOR}".to_f
          config.active_record.sqlite3_production_warning = false if Rails::VERSION::STRING < "7.2"
        end
      end
    RUBY
    "config/environments/development.rb" => "Rails.application.configure do\n  config.enable_reloading = true\n  config.eager_load = false\nend\n",
    "config/environments/test.rb" => "Rails.application.configure do\n  config.enable_reloading = false\n  config.eager_load = false\n  config.cache_store = :null_store\n  config.active_job.queue_adapter = :test\n  config.action_dispatch.show_exceptions = :rescuable\nend\n",
    "config/environments/production.rb" => "Rails.application.configure do\n  config.enable_reloading = false\n  config.eager_load = true\n  config.consider_all_requests_local = false\n  config.active_support.report_deprecations = false\n#{LINES}end\n",
    "app/assets/stylesheets/application.css" => "body { color: #040 }\n#{LINES}",
    "app/controllers/application_controller.rb" => "class ApplicationController < ActionController::Base\nend\n",
    "app/controllers/plots_controller.rb" => "class PlotsController < ApplicationController\n#{LINES}  def index\n    @plots = Plot.order(:name)\n  end\nend\n",
    "app/jobs/application_job.rb" => "class ApplicationJob < ActiveJob::Base\nend\n",
    "app/jobs/sprout_job.rb" => "class SproutJob < ApplicationJob\n  def perform(plot)\n    plot.update!(name: \"\#{plot.name}!\")\n  end\nend\n",
    "app/models/application_record.rb" => "class ApplicationRecord < ActiveRecord::Base\n  primary_abstract_class\nend\n",
    "app/models/plot.rb" => "class Plot < ApplicationRecord\n  validates :name, presence: true\n#{LINES}end\n",
    "app/views/layouts/application.html.erb" => "<!DOCTYPE html>\n<title>Garden</title>\n<%= stylesheet_link_tag \"application\" %>\n<%= yield %>\n",
    "app/views/plots/index.html.erb" => "<ul>\n<% @plots.each do |plot| %>\n  <li><%= plot.name %></li>\n<% end %>\n</ul>\n",
    "db/schema.rb" => "ActiveRecord::Schema[7.1].define(version: 1) do\n  create_table :plots, force: :cascade do |t|\n    t.string :name, null: false\n    t.string :code\n  end\n\n  create_table :packets, force: :cascade do |t|\n    t.integer :plot_id\n  end\nend\n",
    "public/500.html" => "<title>500</title>\n",
    "test/test_helper.rb" => "ENV[\"RAILS_ENV\"] ||= \"test\"\nrequire_relative \"../config/environment\"\nrequire \"rails/test_help\"\n\n#{LINES}",
    "test/integration/plots_test.rb" => <<~RUBY,
      require "test_helper"

      class PlotsTest < ActionDispatch::IntegrationTest
        test "the plots are listed" do
          plot = Plot.create!(name: "South")
          assert_ripe plot
          get "/plots"
          assert_select "li", "South"
        end

        test "some pages" do
          %w[/sparklines /roots /fences /temperatures].each do |path|
            get path
            assert_response :success
          end
        end
      end
    RUBY
    "test/models/plot_test.rb" => <<~RUBY
      require "test_helper"

      class PlotTest < ActiveSupport::TestCase
        include ActiveJob::TestHelper

        test "a plot has a name" do
          assert_not Plot.new.valid?
          assert_equal :years, Plot.new.lifetime
        end

        test "a plot sprouts" do
          plot = Plot.create!(name: "North")
          perform_enqueued_jobs { SproutJob.perform_later(plot) }
          assert_equal "North!", plot.reload.name
        end
      end
    RUBY
  }.freeze

  # What every such app needs, as the sample apps have it.
  GEMS = <<~RUBY
    modern = Gem::Version.new(RUBY_VERSION) >= Gem::Version.new("3.2")
    rails = ENV.fetch("RAILS_VERSION") { modern ? "8.1" : "7.2" }

    gem "rails", "~> \#{rails}.0"
    gem "sqlite3", (rails >= "8.0") ? "~> 2.1" : "~> 1.7"
    gem "puma"
    gem "propshaft"
    gem "jbuilder"

    # RubyGems before 3.3.22 can't tell the newer precompiled gems apart.
    gem "nokogiri", "< 1.17" if Gem.rubygems_version < Gem::Version.new("3.3.22")

    if ENV["MEMTRIM_IN_GEMFILE"].to_s != ""
      gem "showcase_memtrim", path: ENV["MEMTRIM_IN_GEMFILE"]
    end

    group :test do
      gem "minitest", "< 6", require: false # Rails 7.2.3 takes 6, which its test runner does not know
    end
  RUBY

  class << self
    # @return [String] its directory
    def prepare(rails: rails_versions.last, in_gemfile: false)
      new(rails: rails, in_gemfile: in_gemfile).prepare
    end

    # Asks the app, in production, whether what its gems are there for still works.
    #
    # @param directory [String] the app's, or a copy's
    # @param names [Array<String>] of the gems to ask about
    # @param more [Hash{String => String}] other questions by name
    # @param env [Hash{String => String}]
    # @return [Hash{String => Boolean, String}] by name; a String: what was raised
    # @raise [AppCopy::Error] the app does not boot
    def answers(directory, names: AwkwardGems.all.select(&:used?).map(&:name), more: {}, env: {})
      env = {
        "RAILS_ENV" => "production", "SECRET_KEY_BASE_DUMMY" => "1", "BUNDLE_GEMFILE" => File.join(directory, "Gemfile"),
        "QUESTIONS" => JSON.generate(names.to_h { |name| [name, AwkwardGems.fetch(name).works] }.merge(more)), **env
      }
      output = Bundler.with_unbundled_env { IO.popen(env, [RbConfig.ruby, QUESTIONS], chdir: directory, err: %i[child out], &:read) }
      answers = output[/^ANSWERS (.*)$/, 1] or raise AppCopy::Error, "no boot of #{directory}:\n#{output}"
      JSON.parse(answers)
    end
  end

  def initialize(rails:, in_gemfile: false)
    super("tenant", rails: rails, in_gemfile: in_gemfile)
    @directory = File.join(File.dirname(directory), NAME + ("-with-gem" if in_gemfile).to_s)
  end

  def prepare
    alone do
      contents.each { |file, content| write(file, content) }
      FileUtils.mkdir_p(File.join(directory, "storage"))
      bundle unless stamped?("bundle", bundle_fingerprint)
    end
    directory
  end

  private

  def contents
    app = FILES.merge("Gemfile" => manifest, "config/routes.rb" => routes, **AwkwardGems.all.map(&:app).reduce({}, :merge))
    app = app.to_h { |file, content| [file, content.sub(LINES) { added(file) }] }
    app.transform_keys { |file| File.join(directory, file) }.merge(*AwkwardGems.all.map { |plant| gem_files(plant) })
  end

  def added(file)
    lines = AwkwardGems.all.filter_map { |plant| plant.lines[file] }
    lines.empty? ? "" : "#{lines.join("\n")}\n"
  end

  def write(file, content)
    return if File.exist?(file) && File.binread(file) == content.b
    FileUtils.mkdir_p(File.dirname(file))
    File.binwrite(file, content)
    File.chmod(0o755, file) if content.start_with?("#!")
  end

  # Outside of the app, as gems are; but for those that are meant to be within.
  def gem_directory(plant)
    plant.inside ? File.join(directory, "vendor/gems", plant.name) : File.join("#{directory}-gems", plant.name)
  end

  def gem_files(plant)
    spec = <<~RUBY
      Gem::Specification.new do |spec|
        spec.name = "#{plant.name}"
        spec.version = "1.0"
        spec.authors = ["A. Gardener"]
        spec.summary = "For a garden"
        spec.files = Dir.chdir(__dir__) { Dir["{app,config,exe,icons,lib,sig}/**/*"] }
        #{plant.spec}
      end
    RUBY
    plant.files.merge("#{plant.name}.gemspec" => spec).transform_keys { |file| File.join(gem_directory(plant), file) }
  end

  # Each planted gem has a line of its own.
  def manifest
    inside, outside = AwkwardGems.all.partition(&:inside)
    gemfile([
      "source #{Gem.sources.first.uri.to_s.inspect}\n", GEMS,
      "path \"#{directory}-gems\" do", *outside.map { |plant| "  gem \"#{plant.name}\"#{plant.line}" }, "end\n",
      *inside.map { |plant| "gem \"#{plant.name}\", path: \"vendor/gems/#{plant.name}\"#{plant.line}" }, ""
    ].join("\n"))
  end

  def routes
    pages = AwkwardGems.all.filter_map(&:page).grep_v(/\./)
    "Rails.application.routes.draw do\n  get \"up\" => \"rails/health#show\"\n  get \"plots\" => \"plots#index\"\n#{pages.map { |page| "  get \"#{page}\" => \"#{page}#show\"\n" }.join}end\n"
  end

  def bundle_fingerprint
    digest(RUBY_VERSION, @rails, directory, Gem.sources.first.uri, manifest, *AwkwardGems.all.map(&:spec))
  end
end
