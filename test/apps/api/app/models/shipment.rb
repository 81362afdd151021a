# frozen_string_literal: true

class Shipment < ApplicationRecord
  belongs_to :account
  has_many :tracking_events, -> { order(:occurred_at) }, inverse_of: :shipment, dependent: :destroy

  enum :status, {created: 0, moving: 1, delivered: 2}

  before_validation { self.reference ||= SecureRandom.alphanumeric(10).upcase }

  validates :origin, :destination, presence: true
  validates :grams, :cents, numericality: {only_integer: true, greater_than: 0}

  scope :newest_first, -> { order(created_at: :desc, id: :desc) }

  def summary
    slice(:id, :reference, :origin, :destination, :grams, :cents, :status)
  end
end
