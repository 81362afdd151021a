# frozen_string_literal: true

RSpec.describe Shipment do
  it "gives itself a reference" do
    expect(create_shipment(create_account).reference).to match(/\A[A-Z0-9]{10}\z/)
  end

  it "weighs something" do
    expect(described_class.new(grams: 0)).not_to be_valid
  end
end
