# frozen_string_literal: true

RSpec.describe "Sessions" do
  it "gives a token for a key" do
    account = create_account
    post "/v1/session", params: {key: Records::KEY}, as: :json
    expect(response).to have_http_status(:created)
    expect(Token.account("Bearer #{json["token"]}")).to eq(account)
  end

  it "gives nothing for a wrong key or none" do
    post "/v1/session", params: {key: "wrong"}, as: :json
    expect(response).to have_http_status(:unauthorized)
    post "/v1/session", as: :json
    expect(response).to have_http_status(:bad_request)
  end

  it "is throttled" do
    freeze_time # five a minute: not a minute that ends here
    store = Rack::Attack.cache.store
    Rack::Attack.cache.store = ActiveSupport::Cache::MemoryStore.new
    statuses = Array.new(6) do
      post "/v1/session", params: {key: "wrong"}, as: :json
      response.status
    end
    expect(statuses).to eq([401] * 5 + [429])
    expect(json).to eq("error" => "too many requests")
  ensure
    Rack::Attack.cache.store = store
  end
end
