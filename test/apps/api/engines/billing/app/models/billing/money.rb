# frozen_string_literal: true

module Billing
  # An amount in a currency.
  class Money
    attr_reader :cents, :currency

    def initialize(cents, currency)
      @cents = cents
      @currency = currency
    end

    def to_s
      format("%s %d.%02d", currency, *cents.divmod(100))
    end
  end
end
