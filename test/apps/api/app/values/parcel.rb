# frozen_string_literal: true

class Parcel < Dry::Struct
  transform_keys(&:to_sym)

  attribute :origin, Types::Country
  attribute :destination, Types::Country
  attribute :grams, Types::Grams
end
