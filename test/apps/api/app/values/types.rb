# frozen_string_literal: true

module Types
  include Dry.Types()

  Grams = Coercible::Integer.constrained(gt: 0, lteq: 70_000)
  Country = Strict::String.constrained(format: /\A[A-Z]{2}\z/)
end
