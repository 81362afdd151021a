# frozen_string_literal: true

require "fileutils"

# Programs that the benches and some tests boot, made at run time. Each is written
# whole into a directory of its own, the same each time; what was there before goes.
#
#   GeneratedApp.gems(dir)           # a Rails app with 25 well-known gems
#   GeneratedApp.files(20_000, dir)  # a program of so many files
#   GeneratedApp.bundle(dir)         # installs what its Gemfile names
module GeneratedApp
  ROOT = File.expand_path("../..", __dir__)

  # How a Gemfile starts: as those of test/apps do.
  GEMFILE = <<~RUBY
    # frozen_string_literal: true

    source Gem.sources.first.uri.to_s

    modern = Gem::Version.new(RUBY_VERSION) >= Gem::Version.new("3.2")
    rails = ENV.fetch("RAILS_VERSION") { modern ? "8.1" : "7.2" }
  RUBY

  MEMTRIM = <<~RUBY

    if ENV["MEMTRIM_IN_GEMFILE"].to_s != ""
      gem "showcase_memtrim", path: ENV["MEMTRIM_IN_GEMFILE"]
    end
  RUBY

  BOOT = <<~RUBY
    # frozen_string_literal: true

    ENV["BUNDLE_GEMFILE"] ||= File.expand_path("../Gemfile", __dir__)

    require "bundler/setup"
  RUBY

  ENVIRONMENT = <<~RUBY
    # frozen_string_literal: true

    require_relative "application"

    Rails.application.initialize!
  RUBY

  class << self
    def gems(directory)
      Gems.new.write(directory)
    end

    def files(count, directory)
      Files.new(count).write(directory)
    end

    # Into the project's own folder of gems, one installation at a time.
    def bundle(directory, rails: nil)
      directory = File.expand_path(directory)
      FileUtils.mkdir_p(File.join(ROOT, "tmp"))
      File.open(File.join(ROOT, "tmp/app_copy.lock"), File::CREAT | File::RDWR) do |lock|
        lock.flock(File::LOCK_EX)
        install(directory, rails)
      end
      directory
    end

    # Writes {path => content}; the directory holds nothing else afterwards, but for
    # what Bundler and the app's own boots left in it.
    def write(directory, contents)
      stale = Dir.glob("**/*", base: directory).grep_v(/\A(Gemfile\.lock|log|tmp|storage)\b/)
      stale = stale.select { |path| File.file?(File.join(directory, path)) } - contents.keys
      stale.each { |path| File.delete(File.join(directory, path)) }
      contents.keys.map { |path| File.dirname(path) }.uniq.each { |path| FileUtils.mkdir_p(File.join(directory, path)) }
      contents.each { |path, content| File.write(File.join(directory, path), content) }
      directory
    end

    private

    def install(directory, rails)
      FileUtils.mkdir_p(File.join(directory, ".bundle"))
      File.write(File.join(directory, ".bundle/config"), "---\nBUNDLE_PATH: \"#{File.join(ROOT, "vendor/bundle")}\"\n")
      environment = {"BUNDLE_GEMFILE" => File.join(directory, "Gemfile")}
      environment["RAILS_VERSION"] = rails if rails
      require "bundler"
      output = Bundler.with_unbundled_env do
        IO.popen(environment, ["bundle", "install", "--quiet"], chdir: directory, err: [:child, :out], &:read)
      end
      raise "bundle install failed in #{directory}:\n#{output}" unless $?.success?
    end
  end

  # A plain Rails app: all of Rails, eager load, bootsnap, and gems of many kinds.
  # It boots in production without a database, a service or a secret.
  class Gems
    # Each but the first group is loaded by Bundler.require.
    NAMES = {
      "accounts" => %w[devise pundit],
      "records" => %w[aasm friendly_id kaminari paper_trail ransack],
      "pages" => %w[haml simple_form slim view_component],
      "documents" => %w[caxlsx kramdown prawn redcarpet rouge],
      "services" => %w[faraday geocoder httparty redis sidekiq stripe twilio-ruby],
      "values" => %w[dry-validation money-rails]
    }.freeze

    RESOURCES = {
      "author" => %w[name email], "book" => %w[title isbn], "branch" => %w[name address],
      "copy" => %w[barcode shelf], "fine" => %w[reason amount], "hold" => %w[place status],
      "loan" => %w[due returned], "member" => %w[name phone], "publisher" => %w[name city],
      "review" => %w[title body]
    }.freeze

    def self.names
      NAMES.values.flatten
    end

    def write(directory)
      GeneratedApp.write(directory, contents)
    end

    private

    def contents
      {
        "Gemfile" => gemfile, "Rakefile" => RAKEFILE, "config.ru" => RACKUP,
        "config/boot.rb" => "#{BOOT}require \"bootsnap/setup\" unless ENV[\"NO_BOOTSNAP\"]\n",
        "config/application.rb" => APPLICATION, "config/environment.rb" => ENVIRONMENT,
        "config/environments/production.rb" => PRODUCTION, "config/database.yml" => DATABASE,
        "config/storage.yml" => "local:\n  service: Disk\n  root: storage\n",
        "config/cable.yml" => "production:\n  adapter: async\n",
        "config/routes.rb" => routes, "config/initializers/gems.rb" => INITIALIZER,
        "app/models/application_record.rb" => RECORD, "app/controllers/application_controller.rb" => CONTROLLER,
        "app/helpers/application_helper.rb" => ruby("module ApplicationHelper\nend\n"),
        "app/views/layouts/application.html.erb" => "<!DOCTYPE html>\n<title>Library</title>\n<%= yield %>\n"
      }.merge(*RESOURCES.map { |name, fields| resource(name, fields) })
    end

    def gemfile
      groups = NAMES.map { |kind, names| "# #{kind}\n" + names.map { |name| "gem \"#{name}\"\n" }.join }
      [GEMFILE, FRAMEWORK, *groups, PINS].join("\n") + MEMTRIM
    end

    def routes
      resources = RESOURCES.keys.map { |name| "  resources :#{plural(name)}\n" }.join
      ruby("Rails.application.routes.draw do\n  get \"up\" => \"rails/health#show\"\n#{resources}end\n")
    end

    def resource(name, fields)
      plural = plural(name)
      klass = name.capitalize
      {
        "app/models/#{name}.rb" => model(klass, fields),
        "app/controllers/#{plural}_controller.rb" => controller(plural, klass, fields),
        "app/views/#{plural}/index.html.erb" => "<h1>#{plural.capitalize}</h1>\n<%= render @#{plural} %>\n",
        "app/views/#{plural}/_#{name}.html.erb" => fields.map { |field| "<p><%= #{name}.#{field} %></p>\n" }.join,
        "app/views/#{plural}/show.html.erb" => "<%= render @#{name} %>\n"
      }
    end

    def model(klass, fields)
      ruby(<<~RUBY)
        class #{klass} < ApplicationRecord
          validates #{fields.map(&:to_sym).map(&:inspect).join(", ")}, presence: true

          scope :sorted, -> { order(:#{fields.first}) }

          def label
            #{fields.join(" + \" \" + ")}
          end
        end
      RUBY
    end

    def controller(plural, klass, fields)
      name = klass.downcase
      ruby(<<~RUBY)
        class #{plural.capitalize}Controller < ApplicationController
          before_action(only: [:show, :update, :destroy]) { @#{name} = #{klass}.find(params[:id]) }

          def index
            @#{plural} = #{klass}.sorted.limit(50)
          end

          def show
          end

          def create
            redirect_to #{klass}.create!(#{name}_params)
          end

          def update
            @#{name}.update!(#{name}_params)
            redirect_to @#{name}
          end

          def destroy
            @#{name}.destroy!
            redirect_to #{plural}_path
          end

          private

          def #{name}_params
            params.require(:#{name}).permit(#{fields.map(&:to_sym).map(&:inspect).join(", ")})
          end
        end
      RUBY
    end

    def plural(name)
      {"branch" => "branches", "copy" => "copies"}.fetch(name, "#{name}s")
    end

    def ruby(source)
      "# frozen_string_literal: true\n\n#{source}"
    end

    FRAMEWORK = <<~'RUBY'
      gem "rails", "~> #{rails}.0"
      gem "sqlite3", (rails >= "8.0") ? "~> 2.1" : "~> 1.7"
      gem "puma"
      gem "bootsnap", require: false
    RUBY

    # For the same reasons as in test/apps.
    PINS = <<~RUBY
      gem "json", "< 3", require: false
      unless modern
        gem "dry-schema", "< 1.14", require: false
        gem "faraday-net_http", "< 3.1", require: false
        gem "nokogiri", "< 1.17"
      end
    RUBY

    RAKEFILE = <<~RUBY
      # frozen_string_literal: true

      require_relative "config/application"

      Rails.application.load_tasks
    RUBY

    RACKUP = <<~RUBY
      # frozen_string_literal: true

      require_relative "config/environment"

      run Rails.application
    RUBY

    APPLICATION = <<~'RUBY'
      # frozen_string_literal: true

      require_relative "boot"

      require "rails/all"

      Bundler.require(*Rails.groups)

      module Library
        class Application < Rails::Application
          config.load_defaults "#{Rails::VERSION::MAJOR}.#{Rails::VERSION::MINOR}".to_f
        end
      end
    RUBY

    PRODUCTION = <<~RUBY
      # frozen_string_literal: true

      Rails.application.configure do
        config.enable_reloading = false
        config.eager_load = true
        config.eager_load = ENV["EAGER_LOAD"] == "1" if ENV["EAGER_LOAD"]
        config.consider_all_requests_local = false
        config.active_storage.service = :local
        config.active_record.sqlite3_production_warning = false if Rails::VERSION::STRING < "7.2"
        config.logger = ActiveSupport::TaggedLogging.new(ActiveSupport::Logger.new($stdout))
        config.log_level = :info
        config.active_support.report_deprecations = false
      end
    RUBY

    DATABASE = <<~YAML
      production:
        adapter: sqlite3
        pool: 5
        database: storage/production.sqlite3
    YAML

    INITIALIZER = <<~RUBY
      # frozen_string_literal: true

      Devise.setup do |config|
        config.mailer_sender = "library@example.com"
        require "devise/orm/active_record"
      end

      SimpleForm.setup {}

      MoneyRails.configure { |config| config.default_currency = :usd }
    RUBY

    RECORD = <<~RUBY
      # frozen_string_literal: true

      class ApplicationRecord < ActiveRecord::Base
        primary_abstract_class
      end
    RUBY

    CONTROLLER = <<~RUBY
      # frozen_string_literal: true

      class ApplicationController < ActionController::Base
        include Pundit::Authorization
      end
    RUBY
    private_constant :FRAMEWORK, :PINS, :RAKEFILE, :RACKUP, :APPLICATION, :PRODUCTION, :DATABASE, :INITIALIZER,
      :RECORD, :CONTROLLER
  end

  # A tree of small files that require one another: file 0 requires files 1 to 8,
  # file 1 files 9 to 16, and so on, every second one by require_relative. Each file
  # also requires one that is loaded already, as real files do. What a recorder
  # costs should grow as their number does, and no faster.
  #
  # `ruby main.rb` runs it without Rails and Bundler; config/environment.rb boots the
  # smallest Rails app that there is, which loads the same files.
  class Files
    CHILDREN = 8
    IN_A_FOLDER = 500

    def initialize(count)
      raise ArgumentError, "at least one file, please" unless count.positive?

      @count = count
    end

    def write(directory)
      GeneratedApp.write(directory, contents)
    end

    private

    def contents
      {
        "main.rb" => main, "Gemfile" => "#{GEMFILE}\ngem \"railties\", \"~> \#{rails}.0\"\n#{MEMTRIM}",
        "config/boot.rb" => BOOT, "config/application.rb" => APPLICATION, "config/environment.rb" => ENVIRONMENT
      }.merge((0...@count).to_h { |index| ["lib/#{feature(index)}.rb", source(index)] })
    end

    def main
      <<~RUBY
        # frozen_string_literal: true

        $LOAD_PATH.unshift File.expand_path("lib", __dir__)

        GC.disable if ENV.key?("NO_COLLECTIONS")

        module Tree
          LOADED = []
          # CPU seconds of this process after every thousand files.
          CLOCK = [Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)]

          def LOADED.<<(node)
            super
            CLOCK << Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) if size % 1_000 == 0
            self
          end
        end

        require "#{feature(0)}"
        abort "\#{Tree::LOADED.size} files of #{@count}" unless Tree::LOADED.size == #{@count}
        File.write(ENV["BOOT_RESULT"], Tree::CLOCK.join(" ")) if ENV.key?("BOOT_RESULT")
      RUBY
    end

    def source(index)
      children = (index * CHILDREN + 1..index * CHILDREN + CHILDREN).select { |child| child < @count }
      parent = [(index - 1) / CHILDREN, 0].max
      <<~RUBY
        # frozen_string_literal: true

        #{children.map { |child| requirement(index, child) }.join}require "#{feature(parent / CHILDREN)}"

        module Tree
          class Node#{index}
            NAME = "node #{index}, below node #{parent}"
            TABLE = {#{(1..6).map { |key| "key#{key}: \"value #{index * key}\"" }.join(", ")}}.freeze

            attr_reader :value

            def initialize(value)
              @value = value
            end

            def sum(others)
              others.sum { |other| other.value * #{index + 1} } + value
            end

            def to_s
              "\#{NAME}: \#{value}"
            end
          end

          LOADED << Node#{index}
        end
      RUBY
    end

    def requirement(from, to)
      to.even? ? "require \"#{feature(to)}\"\n" : "require_relative \"#{relative(from, to)}\"\n"
    end

    def feature(index)
      format("folder_%03d/node_%05d", index / IN_A_FOLDER, index)
    end

    def relative(from, to)
      same = from / IN_A_FOLDER == to / IN_A_FOLDER
      same ? File.basename(feature(to)) : "../#{feature(to)}"
    end

    APPLICATION = <<~'RUBY'
      # frozen_string_literal: true

      require_relative "boot"

      require "rails"

      Bundler.require(*Rails.groups)

      require_relative "../main"

      class Forest < Rails::Application
        config.load_defaults "#{Rails::VERSION::MAJOR}.#{Rails::VERSION::MINOR}".to_f
        config.eager_load = ENV["EAGER_LOAD"] == "1"
        config.logger = Logger.new($stdout)
      end
    RUBY
    private_constant :APPLICATION
  end
end
