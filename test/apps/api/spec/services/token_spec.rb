# frozen_string_literal: true

RSpec.describe Token do
  let(:account) { create_account }

  it "leads back to its account, for an hour" do
    expect(described_class.account("Bearer #{described_class.for(account)}")).to eq(account)
    expect(described_class.account("Bearer #{described_class.for(account, now: 2.hours.ago)}")).to be_nil
  end

  it "can't be made up" do
    made_up = JWT.encode({"sub" => account.id.to_s}, "guess", "HS256")
    expect([nil, "", "Basic abc", "Bearer abc", "Bearer #{made_up}"].filter_map { |header| described_class.account(header) }).to be_empty
  end
end
