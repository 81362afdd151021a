# frozen_string_literal: true

RSpec.describe CarrierClient do
  it "reads the carrier's XML" do
    stub_carrier("ABC", ["PU", "Boston", "2024-10-19T09:00:00Z"])
    event = described_class.new.events("ABC").first
    expect(event.to_h).to eq(code: "PU", place: "Boston", occurred_at: Time.utc(2024, 10, 19, 9))
  end
end
