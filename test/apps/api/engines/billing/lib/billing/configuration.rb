# frozen_string_literal: true

module Billing
  class Configuration
    # owner_class has invoices; authenticate finds one from a request.
    attr_accessor :currency, :sender, :owner_class, :authenticate

    def initialize
      @currency = "USD"
      @sender = "billing@example.com"
      @authenticate = ->(_request) {}
    end
  end
end
