# frozen_string_literal: true

Billing.configure do |config|
  config.currency = "USD"
  config.sender = "billing@freight.example"
  config.owner_class = "Account"
  config.authenticate = ->(request) { Token.account(request.authorization) }
end
