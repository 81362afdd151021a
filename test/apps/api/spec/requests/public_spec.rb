# frozen_string_literal: true

RSpec.describe "What is public" do
  it "is whether the process is up" do
    get "/up"
    expect(response).to have_http_status(:ok)
  end

  it "is a quote" do
    get "/v1/quote", params: {origin: "US", destination: "CA", grams: 1000}
    expect(json).to eq("origin" => "US", "destination" => "CA", "grams" => 1000, "cents" => 1340, "zone" => "regional")

    [{origin: "US", destination: "AQ", grams: 1}, {origin: "US"}].each do |params|
      get "/v1/quote", params: params
      expect(response).to have_http_status(422)
    end
  end

  it "is open to the web application" do
    get "/v1/quote", params: {origin: "US", destination: "CA", grams: 1}, headers: {"Origin" => "https://app.freight.example"}
    expect(response.headers["access-control-allow-origin"]).to eq("https://app.freight.example")
  end

  it "is what partners ask for" do
    get "/partner/quotes", params: {origin: "US", destination: "US", grams: 900}
    expect(json).to include("cents" => 530, "zone" => "domestic")
    get "/partner/quotes", params: {origin: "US", destination: "AQ", grams: 900}
    expect([response.status, json]).to eq([422, {"error" => "nobody serves AQ"}])
    get "/partner/quotes", params: {origin: "US"}
    expect(response).to have_http_status(:bad_request)

    shipment = create_shipment(create_account)
    get "/partner/shipments/#{shipment.reference}"
    expect(json).to eq("reference" => shipment.reference, "status" => "created")
    get "/partner/shipments/NONE"
    expect(response).to have_http_status(:not_found)
  end
end
