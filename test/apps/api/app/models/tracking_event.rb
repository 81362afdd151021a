# frozen_string_literal: true

class TrackingEvent < ApplicationRecord
  belongs_to :shipment, inverse_of: :tracking_events

  validates :code, :occurred_at, presence: true

  def summary
    slice(:code, :place).merge("at" => occurred_at.utc.iso8601)
  end
end
