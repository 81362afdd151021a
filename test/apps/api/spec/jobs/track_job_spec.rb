# frozen_string_literal: true

RSpec.describe TrackJob do
  let(:shipment) { create_shipment(create_account) }

  it "keeps each event once and moves the shipment on" do
    pickup = ["PU", "Boston", "2024-10-19T09:00:00Z"]
    stub_carrier(shipment.reference, pickup)
    described_class.perform_now(shipment)
    expect(shipment.reload).to be_moving

    stub_carrier(shipment.reference, pickup, ["DL", "Berlin", "2024-10-21T12:00:00Z"])
    described_class.perform_now(shipment)
    expect(shipment.reload).to be_delivered
    expect(shipment.tracking_events.map(&:code)).to eq(%w[PU DL])
  end
end
