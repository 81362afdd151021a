# frozen_string_literal: true

# Finds a place, and the studios that are near it.
class LocationsController < ApplicationController
  MILES = 60

  def index
    @query = params[:q].to_s.strip
    @places = @query.empty? ? [] : search(@query)
    @studios = @places.empty? ? Studio.none : near(@places.first)
  end

  private

  # The lookup is a static one, config/gazetteer.yml: this application never
  # asks a service on the network.
  def search(query)
    Rails.application.config_for(:gazetteer).each_pair do |name, (latitude, longitude)|
      Geocoder::Lookup::Test.add_stub(name.to_s, [{"coordinates" => [latitude, longitude], "address" => name.to_s}])
    end
    Geocoder::Lookup::Test.set_default_stub([])
    Geocoder.search(query, lookup: :test)
  end

  def near(place)
    Studio.on_map.by_name.select do |studio|
      Geocoder::Calculations.distance_between(place.coordinates, [studio.latitude, studio.longitude]) <= MILES
    end
  end
end
