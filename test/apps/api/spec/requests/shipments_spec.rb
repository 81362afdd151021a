# frozen_string_literal: true

RSpec.describe "Shipments" do
  let(:account) { create_account }

  it "are for those who show a token" do
    %w[/v1/shipments /v1/shipments/1 /v1/export /billing/invoices].each do |path|
      get path
      expect([path, response.status]).to eq([path, 401])
    end
  end

  it "are listed page by page" do
    shipments = Array.new(12) { create_shipment(account) }
    create_shipment(create_account(key: "another"))

    get "/v1/shipments", params: {page: 2}, headers: bearer(account)
    expect(json.slice("page", "pages", "count")).to eq("page" => 2, "pages" => 2, "count" => 12)
    expect(json["shipments"].map { |shipment| shipment["id"] }).to eq(shipments.first(2).map(&:id).reverse)

    get "/v1/shipments", params: {page: 9}, headers: bearer(account)
    expect(json["shipments"]).to be_empty
  end

  it "are created, priced and billed" do
    perform_enqueued_jobs do
      post "/v1/shipments", params: {origin: "US", destination: "DE", grams: 1500}, headers: bearer(account), as: :json
    end
    expect(response).to have_http_status(:created)
    expect(json.slice("cents", "status")).to eq("cents" => 3640, "status" => "created")
    expect(account.invoices.map { |invoice| invoice.total.to_s }).to eq(["USD 36.40"])
  end

  it "are refused with a reason" do
    post "/v1/shipments", params: {origin: "US", destination: "AQ", grams: 0}, headers: bearer(account), as: :json
    expect(response).to have_http_status(422)
    expect(json["errors"].keys).to contain_exactly("destination", "grams")
  end

  it "are tracked" do
    shipment = create_shipment(account)
    stub_carrier(shipment.reference, ["PU", "Boston", "2024-10-19T09:00:00Z"])

    perform_enqueued_jobs { post "/v1/shipments/#{shipment.id}/tracking", headers: bearer(account) }
    expect(response).to have_http_status(:accepted)

    get "/v1/shipments/#{shipment.id}/tracking", headers: bearer(account)
    expect(json).to eq("status" => "moving", "events" => [{"code" => "PU", "place" => "Boston", "at" => "2024-10-19T09:00:00Z"}])
    get "/v1/shipments/#{shipment.id}", headers: bearer(account)
    expect(json["events"].size).to eq(1)
  end

  it "of others are not found" do
    get "/v1/shipments/#{create_shipment(create_account(key: "another")).id}", headers: bearer(account)
    expect(response).to have_http_status(:not_found)
  end

  it "are exported, a line for each" do
    shipments = Array.new(2) { create_shipment(account) }
    get "/v1/export", headers: bearer(account)
    expect(response.media_type).to eq("application/x-ndjson")
    expect(response.body.lines.map { |line| JSON.parse(line)["reference"] }).to eq(shipments.map(&:reference))
  end
end
