# frozen_string_literal: true

# Gems that are used by a method, a symbol, a path, a program: by anything but their constants.
module AwkwardGems
  STYLESHEET = "body { margin: 0 }\n"
  LEAF = %(<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>\n)

  # An engine of so many lines, for gems that bring files.
  def self.engine(constant, name)
    "module #{constant}\n  class Engine < ::Rails::Engine\n    engine_name \"#{name}\"\n  end\nend\n"
  end

  plant "trowel_text", <<~RUBY, page: "signs", app: page("signs", template: {"html.erb" => "<p><%= \"keep off\".sow_case %></p>\n"}), works: %(get("/signs") && body.include?("KeEp oFf"))
    module TrowelText
      def sow_case
        chars.each_with_index.map { |char, index| index.even? ? char.upcase : char }.join
      end
    end

    class String
      include TrowelText
    end
  RUBY

  plant "acts_as_perennial", <<~RUBY, constants: %w[ActsAsPerennial], works: %(Plot.new.lifetime == :years), lines: {"app/models/plot.rb" => "  acts_as_perennial"}
    module ActsAsPerennial
      def acts_as_perennial
        define_method(:lifetime) { :years }
      end
    end

    ActiveSupport.on_load(:active_record) { extend ActsAsPerennial }
  RUBY

  plant "breadcrumb_trail", <<~RUBY, page: "trails", app: {"app/controllers/trails_controller.rb" => "class TrailsController < ApplicationController\n  def show\n    render plain: crumbs(\"Home\", \"Shed\")\n  end\nend\n"}, works: %(get("/trails") && body == "Home > Shed")
    module BreadcrumbTrail
      def crumbs(*names)
        names.join(" > ")
      end
    end

    ActiveSupport.on_load(:action_controller_base) { include BreadcrumbTrail }
  RUBY

  plant "helper_hive", <<~RUBY, page: "hives", app: page("hives", template: {"html.erb" => "<p><%= honeycomb 3 %></p>\n"}), works: %(get("/hives") && body.include?("⬡⬡⬡"))
    module HelperHive
      def honeycomb(cells)
        "⬡" * cells
      end
    end

    ActiveSupport.on_load(:action_view) { include HelperHive }
  RUBY

  plant "gardener_daemon", {
    "lib/gardener_daemon.rb" => "module GardenerDaemon\n  def self.run\n    puts \"digging\"\n  end\nend\n",
    "exe/gardener" => "#!/usr/bin/env ruby\nrequire \"gardener_daemon\"\nGardenerDaemon.run\n"
  }, spec: %(spec.bindir = "exe"; spec.executables = ["gardener"]), lines: {"Procfile" => "worker: bundle exec gardener"}, works: %(sh("sh", "-c", procfile("worker")) == "digging\\n")

  plant "compost_queue", <<~RUBY, works: %(SproutJob.queue_adapter.instance_of?(ActiveJob::QueueAdapters::CompostQueueAdapter)), lines: {"config/environments/production.rb" => "  config.active_job.queue_adapter = :compost_queue"}
    require "active_job"

    module CompostQueue
      HEAP = []
    end

    module ActiveJob
      module QueueAdapters
        class CompostQueueAdapter
          def enqueue(job)
            CompostQueue::HEAP << job
          end

          def enqueue_at(job, _time)
            enqueue(job)
          end
        end
      end
    end
  RUBY

  # Rails requires what it needs of it: its own line loads nothing.
  plant "seed_store", {
    "lib/seed_store.rb" => "# Rails requires active_support/cache/seed_store\n",
    "lib/active_support/cache/seed_store.rb" => "require \"active_support/cache/memory_store\"\n\nmodule ActiveSupport\n  module Cache\n    class SeedStore < MemoryStore\n    end\n  end\nend\n"
  }, constants: [], works: %(Rails.cache.instance_of?(ActiveSupport::Cache::SeedStore)), lines: {"config/environments/production.rb" => "  config.cache_store = :seed_store"}

  plant "plot_code_validator", <<~RUBY, works: %(Plot.new(name: "a", code: "?").invalid?), lines: {"app/models/plot.rb" => "  validates :code, plot_code: true, allow_nil: true"}
    class PlotCodeValidator < ::ActiveModel::EachValidator
      def validate_each(record, attribute, value)
        record.errors.add(attribute) unless value.match?(/\\A[A-Z]\\d\\z/)
      end
    end
  RUBY

  plant "leaf_template", <<~RUBY, page: "labels", app: page("labels", template: {"html.leaf" => "Solanum\n"}), works: %(get("/labels") && body.include?("~Solanum~"))
    module LeafTemplate
      def self.call(_template, source)
        "\#{source.strip.inspect}.then { |name| \\"~\\" + name + \\"~\\" }.html_safe"
      end
    end

    ActiveSupport.on_load(:action_view) { ActionView::Template.register_template_handler(:leaf, LeafTemplate) }
  RUBY

  plant "pollen_renderer", <<~RUBY, page: "pollens", app: page("pollens", action: "render pollen: %w[birch]"), works: %(get("/pollens") && body == "pollen: birch")
    module PollenRenderer
    end

    ActionController::Renderers.add(:pollen) { |names, _options| "pollen: \#{names.join(", ")}" }
  RUBY

  plant "petals_css", {"lib/petals_css.rb" => engine("PetalsCss", "petals_css"), "app/assets/stylesheets/petals.css" => STYLESHEET},
    page: "prints", app: page("prints", action: "render layout: \"print\"", template: {"html.erb" => "<p>print</p>\n"}).merge("app/views/layouts/print.html.erb" => "<%= action_cable_meta_tag %>\n<%= stylesheet_link_tag \"petals\" %>\n<%= yield %>\n"),
    works: %(get("/prints") && body.match?(%r{/assets/petals-\\w+\\.css}))

  plant "bark_textures", {"lib/bark_textures.rb" => engine("BarkTextures", "bark_textures"), "app/assets/images/bark/oak.svg" => LEAF},
    lines: {"app/assets/stylesheets/application.css" => %(main { background: url("bark/oak.svg") })}, works: %(precompiled("application-*.css").match?(%r{/assets/bark/oak-\\w+\\.svg}))

  plant "sprout_icons", {"lib/sprout_icons.rb" => engine("SproutIcons", "sprout_icons"), "app/assets/images/sprouts/leaf.svg" => LEAF},
    page: "sprouts", app: page("sprouts", template: {"html.erb" => "<%= image_tag \"sprouts/leaf.svg\" %>\n"}), works: %(get("/sprouts") && body.match?(%r{/assets/sprouts/leaf-\\w+\\.svg}))

  # No code at all; where it lies is asked of RubyGems.
  plant "icons_sprite", {"lib/icons_sprite.rb" => "", "icons/spade.svg" => LEAF}, constants: [], page: "spades",
    app: page("spades", template: {"html.erb" => "<%= image_tag \"spade.svg\" %>\n"}).merge("config/initializers/icons.rb" => "icons = Gem.loaded_specs[\"icons_sprite\"]\nRails.application.config.assets.paths << File.join(icons.full_gem_path, \"icons\") if icons\n"),
    works: %(get("/spades") && body.match?(%r{/assets/spade-\\w+\\.svg}))

  plant "pager_views", {"lib/pager_views.rb" => engine("PagerViews", "pager_views"), "app/views/pager_views/_pager.html.erb" => "<nav>1 2 3</nav>\n"},
    page: "pages", app: page("pages", template: {"html.erb" => "<%= render \"pager_views/pager\" %>\n"}), works: %(get("/pages") && body.include?("1 2 3"))

  plant "garden_words", {"lib/garden_words.rb" => engine("GardenWords", "garden_words"), "config/locales/en.yml" => "en:\n  greenery:\n    welcome: Mind the beds\n"},
    page: "welcomes", app: page("welcomes", template: {"html.erb" => "<p><%= t(\"greenery.welcome\") %></p>\n"}), works: %(get("/welcomes") && body.include?("Mind the beds"))

  plant "watering_tasks", {
    "lib/watering_tasks.rb" => "module WateringTasks\n  class Railtie < ::Rails::Railtie\n    rake_tasks { load File.expand_path(\"watering_tasks/tasks.rake\", __dir__) }\n  end\nend\n",
    "lib/watering_tasks/tasks.rake" => "namespace :watering do\n  task(plan: :environment) { puts \"at dawn\" }\nend\n"
  }, lines: {"Procfile" => "release: bin/rails watering:plan"}, works: %(sh("sh", "-c", procfile("release")) == "at dawn\\n")

  # The type checker's; nothing of the app is type checked at boot.
  plant "garden_types", {"lib/garden_types.rb" => "", "sig/garden.rbs" => "class Plot\n  def distance: () -> Integer\nend\n"}, constants: [], line: ", require: false",
    app: {"Steepfile" => "target :app do\n  signature \"sig\"\n  check \"app\"\n  library \"garden_types\"\nend\n"}, works: %(Dir[File.join(Gem::Specification.find_by_name(steep_library).full_gem_path, "sig/*.rbs")].any?)

  # What runs the jobs of config/schedule.yml, and one of them.
  plant "timekeeper", {
    "lib/timekeeper.rb" => "require \"yaml\"\n\nmodule Timekeeper\n  def self.run(file)\n    YAML.load_file(file).each_value { |job| puts Object.const_get(job.fetch(\"class\")).new.perform }\n  end\nend\n",
    "exe/timekeeper" => "#!/usr/bin/env ruby\nrequire File.expand_path(\"config/environment\")\nrequire \"timekeeper\"\nTimekeeper.run(\"config/schedule.yml\")\n"
  }, spec: %(spec.bindir = "exe"; spec.executables = ["timekeeper"]), lines: {"Procfile" => "clock: bundle exec timekeeper"}, works: %(sh("sh", "-c", procfile("clock")) == "no pests\\n")
  plant "pest_report", <<~RUBY, app: {"config/schedule.yml" => "pests:\n  cron: \"0 6 * * *\"\n  class: PestReport\n"}, works: %(sh("sh", "-c", procfile("clock")) == "no pests\\n")
    class PestReport
      def perform
        "no pests"
      end
    end
  RUBY
end
