# frozen_string_literal: true

module Billing
  class LineItem < ApplicationRecord
    belongs_to :invoice, inverse_of: :line_items

    validates :description, presence: true
    validates :cents, numericality: {only_integer: true}

    def amount
      Money.new(cents, invoice.currency)
    end
  end
end
