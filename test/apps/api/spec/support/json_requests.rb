# frozen_string_literal: true

module JsonRequests
  def bearer(account)
    {"Authorization" => "Bearer #{Token.for(account)}"}
  end

  def json
    JSON.parse(response.body)
  end
end
