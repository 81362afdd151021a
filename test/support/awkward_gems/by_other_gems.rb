# frozen_string_literal: true

# Gems that other gems of the app use, declared or not.
module AwkwardGems
  plant "weather_station", <<~RUBY, page: "weathers", app: page("weathers", action: "render plain: WeatherStation.report"), works: %(get("/weathers") && body.start_with?("Weather"))
    module WeatherStation
      PLUGINS = {}
      DRIVERS = {}

      def self.driven(name)
        DRIVERS.fetch(name).call
      end

      def self.driver(name)
        const_get(name.to_s.capitalize).new
      end

      def self.report
        Gem.find_files("weather_station/*_plugin.rb").each { |file| require file }
        "Weather: \#{PLUGINS.values.map(&:call).join}"
      end
    end
  RUBY
  plant "weather_station_rain", {
    "lib/weather_station_rain.rb" => "module WeatherStationRain\n  VERSION = \"1.0\"\nend\n",
    "lib/weather_station/rain_plugin.rb" => "WeatherStation::PLUGINS[:rain] = -> { \"rain\" }\n"
  }, works: %(get("/weathers") && body == "Weather: rain")

  # Put themselves where weather_station looks for drivers: one into a list, one into its namespace. The app chooses them
  # by a string in a YAML file and by a symbol.
  plant "station_snow", "module StationSnow\n  DEPTH = 7\nend\n\nWeatherStation::DRIVERS[\"snow\"] = -> { \"snow\" }\n",
    page: "snows", app: page("snows", action: "render plain: WeatherStation.driven(Rails.application.config_for(:weather).fetch(:driver))").merge("config/weather.yml" => "shared:\n  driver: snow\n"), works: %(get("/snows") && body == "snow")
  plant "station_frost", {"lib/station_frost.rb" => "module WeatherStation\n  class Frost\n    def call\n      \"frost\"\n    end\n  end\nend\n"},
    constants: [], page: "frosts", app: page("frosts", action: "render plain: WeatherStation.driver(:frost).call"), works: %(get("/frosts") && body == "frost")

  # Used where it is there.
  plant "soil_parser", <<~RUBY, page: "soils", app: page("soils", action: "render plain: SoilParser.parse(\"loam\")"), works: %(get("/soils") && body.end_with?("loam"))
    begin
      require "fast_soil"
    rescue LoadError
      nil
    end

    module SoilParser
      def self.parse(text)
        defined?(FastSoil) ? FastSoil.parse(text) : "slow \#{text}"
      end
    end
  RUBY
  plant "fast_soil", "module FastSoil\n  def self.parse(text)\n    \"fast \#{text}\"\n  end\nend\n", works: %(get("/soils") && body == "fast loam")

  # Asked for when it is needed, long after the boot.
  plant "trellis_json", <<~RUBY, page: "trellises", app: page("trellises", action: "render plain: TrellisJson.dump([1])"), works: %(get("/trellises") && body.include?("1"))
    module TrellisJson
      def self.dump(value)
        defined?(::QuickJson) ? ::QuickJson.dump(value) : "plain \#{value}"
      end
    end
  RUBY
  plant "quick_json", "module QuickJson\n  def self.dump(value)\n    \"quick \#{value}\"\n  end\nend\n", works: %(get("/trellises") && body == "quick [1]")

  # A declared dependency that the Gemfile names as well.
  plant "root_core", "module RootCore\n  DEPTH = 4\nend\n", works: %(get("/roots") && body == "4")
  plant "root_rails", "require \"root_core\"\n\nmodule RootRails\n  def self.depth\n    RootCore::DEPTH\n  end\nend\n",
    spec: %(spec.add_dependency "root_core"), page: "roots", app: page("roots", action: "render plain: RootRails.depth"), works: %(get("/roots") && body == "4")

  # An undeclared one.
  plant "mulch", "module Mulch\n  class Base\n  end\nend\n", works: %(get("/mulches") && body == "Mulch::Base")
  plant "mulch_ext", "module MulchExt\n  class Layer < ::Mulch::Base\n  end\nend\n",
    page: "mulches", app: page("mulches", action: "render plain: MulchExt::Layer.superclass.name"), works: %(get("/mulches") && body == "Mulch::Base")
end
