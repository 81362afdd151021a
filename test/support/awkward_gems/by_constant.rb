# frozen_string_literal: true

# Gems that a constant of theirs is used of, where one may not look.
module AwkwardGems
  plant "sparkline_svg", <<~RUBY, page: "sparklines", app: page("sparklines", template: {"html.erb" => "<p><%= SparklineSvg.draw([1, 4, 9]) %></p>\n"}), works: %(get("/sparklines") && body.include?("0,1 1,4 2,9"))
    module SparklineSvg
      def self.draw(values)
        values.each_with_index.map { |value, index| "\#{index},\#{value}" }.join(" ")
      end
    end
  RUBY

  plant "geo_hashing", <<~RUBY, page: "plots.json", app: {"app/views/plots/index.json.jbuilder" => "json.array! @plots do |plot|\n  json.name plot.name\n  json.place GeoHashing.encode(plot.id)\nend\n"}, works: %(get("/plots.json") && body.include?("g1"))
    module GeoHashing
      def self.encode(number)
        "g\#{number}"
      end
    end
  RUBY

  plant "seed_catalog", <<~RUBY, works: %(sh("bin/rake", "catalog:print") == "tomato\\n"), app: {"lib/tasks/catalog.rake" => <<~RAKE}
    module SeedCatalog
      def self.entries
        ["tomato"]
      end
    end
  RUBY
    namespace :catalog do
      desc "Prints the catalog"
      task print: :environment do
        puts SeedCatalog.entries
      end
    end
  RAKE

  # In a lambda of an initializer, which a helper calls.
  plant "moon_phase", <<~RUBY, page: "moons", works: %(get("/moons") && body.include?("waning")), app: page("moons", template: {"html.erb" => "<p><%= Rails.application.config.x.moon.call %></p>\n"}).merge("config/initializers/moon.rb" => "Rails.application.config.x.moon = -> { MoonPhase.now }\n")
    module MoonPhase
      def self.now
        "waning"
      end
    end
  RUBY

  # The constant is not the name's.
  plant "rb-thermo", <<~RUBY, constants: %w[Thermometer], page: "temperatures", app: page("temperatures", action: "render plain: Thermometer.new.read"), works: %(get("/temperatures") && body == "21")
    class Thermometer
      def read
        21
      end
    end
  RUBY

  plant "fmt-tabular", {"lib/fmt/tabular.rb" => "module Fmt\n  module Tabular\n    def self.row(*cells)\n      cells.join('|')\n    end\n  end\nend\n"},
    line: %(, require: "fmt/tabular"), constants: %w[Fmt], page: "tables", app: page("tables", action: "render plain: Fmt::Tabular.row(1, 2)"), works: %(get("/tables") && body == "1|2")

  # Beside a class of the app's own of the same name.
  plant "harvest_calendar", <<~RUBY, page: "harvests", works: %(get("/harvests") && body == "autumn of the gem"), app: page("harvests", action: "render plain: Garden::HarvestCalendar.new.season").merge("app/models/garden/harvest_calendar.rb" => <<~MODEL)
    module HarvestCalendar
      def self.season
        "autumn of the gem"
      end
    end
  RUBY
    module Garden
      class HarvestCalendar
        def season
          ::HarvestCalendar.season
        end
      end
    end
  MODEL

  plant "lunar_table", <<~RUBY, page: "tides", app: page("tides", action: %(render plain: "LunarTable".constantize.tide)), works: %(get("/tides") && body == "ebb")
    module LunarTable
      def self.tide
        "ebb"
      end
    end
  RUBY

  # The name is put together when it is needed.
  plant "sheet_exporter", <<~RUBY, page: "exports", app: page("exports", action: %(render plain: "\#{params.fetch(:kind, "sheet").camelize}Exporter".constantize.export)), works: %(get("/exports") && body == "a;b")
    class SheetExporter
      def self.export
        "a;b"
      end
    end
  RUBY

  # A class of records, named by a string in an association.
  plant "seed_vault", <<~RUBY, works: %(Plot.new.packets.build.instance_of?(SeedVault::Packet)), lines: {"app/models/plot.rb" => %(  has_many :packets, class_name: "SeedVault::Packet", foreign_key: :plot_id)}
    module SeedVault
      class Packet < ::ActiveRecord::Base
        self.table_name = "packets"
      end
    end
  RUBY

  # Whoever calls the method may be outside of the app.
  plant "dead_reckoning", <<~RUBY, works: %(Plot.new.distance == 7), lines: {"app/models/plot.rb" => "  def distance\n    DeadReckoning.between(1, 8)\n  end"}
    module DeadReckoning
      def self.between(one, other)
        other - one
      end
    end
  RUBY

  plant "rack_hedge", <<~RUBY, works: %(config_ru["x-hedge"] == "tall"), lines: {"config.ru" => "use RackHedge"}
    class RackHedge
      def initialize(app)
        @app = app
      end

      def call(env)
        status, headers, body = @app.call(env)
        [status, headers.merge("x-hedge" => "tall"), body]
      end
    end
  RUBY

  plant "soil_upload", <<~RUBY, works: %(sh("bin/rails", "runner", "script/upload.rb") == "sent\\n"), app: {"script/upload.rb" => "puts SoilUpload.send_all\n"}
    module SoilUpload
      def self.send_all
        "sent"
      end
    end
  RUBY

  # In a program without an extension.
  plant "census_taker", <<~RUBY, works: %(sh("bin/census") == "12\\n"), app: {"bin/census" => "#!/usr/bin/env ruby\nrequire_relative \"../config/environment\"\nputs CensusTaker.count\n"}
    module CensusTaker
      def self.count
        12
      end
    end
  RUBY

  plant "fence_rules", <<~RUBY, page: "fences", app: page("fences", action: "render plain: FenceRules.height").merge("config/initializers/fence.rb" => "FenceRules.configure { |rules| rules.height = 3 }\n"), works: %(get("/fences") && body == "3")
    module FenceRules
      class << self
        attr_accessor :height

        def configure
          yield self
        end
      end
    end
  RUBY

  # Not loaded at boot, and all the same at boot.
  plant "heavy_report", <<~RUBY, line: ", require: false", works: %(ReportJob.new.perform == "heavy"), app: {"app/jobs/report_job.rb" => "class ReportJob < ApplicationJob\n  def perform\n    require \"heavy_report\"\n    HeavyReport.text\n  end\nend\n"}
    module HeavyReport
      def self.text
        "heavy"
      end
    end
  RUBY

  plant "eager_frame", <<~RUBY, line: ", require: false", page: "frames", works: %(get("/frames") && body == "oak"), lines: {"config/application.rb" => %(require "eager_frame")}, app: page("frames", action: "render plain: EagerFrame.wood")
    module EagerFrame
      def self.wood
        "oak"
      end
    end
  RUBY

  # Only the tests use it, and it is in the default group.
  plant "garden_probe", <<~RUBY, works: %(sh({"RAILS_ENV" => "test"}, "bin/rails", "test").include?("0 failures, 0 errors")), lines: {"test/test_helper.rb" => "class ActiveSupport::TestCase\n  include GardenProbe\nend"}
    module GardenProbe
      def assert_ripe(plot)
        assert plot.name.present?
      end
    end
  RUBY

  # Lit where it is there.
  plant "lantern_light", <<~RUBY, page: "lanterns", app: page("lanterns", action: "render plain: Rails.application.config.x.lantern.to_s").merge("config/initializers/lantern.rb" => "Rails.application.config.x.lantern = LanternLight.lit if defined?(LanternLight)\n"), works: %(get("/lanterns") && body == "lit")
    module LanternLight
      def self.lit
        "lit"
      end
    end
  RUBY
end
