# frozen_string_literal: true

RSpec.describe Quote do
  def cents(origin, destination, grams)
    described_class.new(Parcel.new(origin: origin, destination: destination, grams: grams)).cents
  end

  it "depends on the zone and on each started kilogram" do
    expect([cents("US", "US", 900), cents("US", "CA", 1000), cents("US", "DE", 1001)]).to eq([530, 1340, 3640])
  end

  it "is for parcels only" do
    expect { Parcel.new(origin: "US", destination: "DE", grams: 80_000) }.to raise_error(Dry::Struct::Error)
    expect { Parcel.new(origin: "usa", destination: "DE", grams: 1) }.to raise_error(Dry::Struct::Error)
  end
end
