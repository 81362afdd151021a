# frozen_string_literal: true

RSpec.describe Account do
  it "is found by its key" do
    account = create_account
    expect(described_class.find_by_key(Records::KEY)).to eq(account)
    expect(described_class.find_by_key("another")).to be_nil
  end

  it "has an e-mail address" do
    account = described_class.new(name: "Ann", email: "ann at home")
    expect(account).not_to be_valid
    expect(account.errors[:email]).to eq(["is not an e-mail address"])
  end
end
