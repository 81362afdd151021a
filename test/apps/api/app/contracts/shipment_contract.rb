# frozen_string_literal: true

class ShipmentContract < Dry::Validation::Contract
  params do
    required(:origin).filled(:string, format?: /\A[A-Z]{2}\z/)
    required(:destination).filled(:string, format?: /\A[A-Z]{2}\z/)
    required(:grams).filled(:integer, gt?: 0)
  end

  rule(:grams) { key.failure("is more than a parcel may weigh") if value > 70_000 }

  rule(:destination) { key.failure("is served by nobody") unless Tariff.serves?(value) }
end
