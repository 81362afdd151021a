# frozen_string_literal: true

# What a parcel costs.
class Quote
  attr_reader :parcel

  def initialize(parcel)
    @parcel = parcel
  end

  def cents
    Tariff.quote(from: parcel.origin, to: parcel.destination, grams: parcel.grams)
  end

  def as_json(*)
    parcel.to_h.merge(cents: cents, zone: Tariff.zone(parcel.origin, parcel.destination)).as_json
  end
end
