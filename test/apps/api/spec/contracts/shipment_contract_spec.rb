# frozen_string_literal: true

RSpec.describe ShipmentContract do
  def errors(**params)
    described_class.new.call({origin: "US", destination: "DE", grams: 1}.merge(params)).errors.to_h
  end

  it "accepts a parcel" do
    expect(errors).to be_empty
    expect(errors(grams: "12")).to be_empty
  end

  it "says what is wrong" do
    expect(errors(grams: 70_001)).to eq(grams: ["is more than a parcel may weigh"])
    expect(errors(destination: "AQ")).to eq(destination: ["is served by nobody"])
    expect(errors(origin: "Boston").keys).to eq([:origin])
  end
end
