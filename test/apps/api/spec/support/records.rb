# frozen_string_literal: true

module Records
  KEY = "open sesame"

  def create_account(key: KEY, **attributes)
    number = Account.count + 1
    Account.create!(name: "Account #{number}", email: "account#{number}@example.com", key: key, **attributes)
  end

  def create_shipment(account, **attributes)
    account.shipments.create!(origin: "US", destination: "DE", grams: 1500, cents: 3640, **attributes)
  end

  # A carrier that knows one parcel.
  def stub_carrier(reference, *events)
    xml = events.map { |code, place, at| %(<event code="#{code}" at="#{at}"><place>#{place}</place></event>) }.join
    CarrierClient.connection = Faraday.new do |faraday|
      faraday.response :raise_error
      faraday.adapter(:test) do |stubs|
        stubs.get("/track/#{reference}") { [200, {"Content-Type" => "application/xml"}, "<parcel>#{xml}</parcel>"] }
      end
    end
  end
end
