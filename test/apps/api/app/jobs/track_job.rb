# frozen_string_literal: true

class TrackJob < ApplicationJob
  STATUS = {"PU" => "moving", "DL" => "delivered"}.freeze

  def perform(shipment)
    CarrierClient.new.events(shipment.reference).each do |event|
      shipment.tracking_events.find_or_create_by!(code: event.code, occurred_at: event.occurred_at) do |record|
        record.place = event.place
      end
    end
    status = shipment.tracking_events.reload.filter_map { |event| STATUS[event.code] }.last
    shipment.update!(status: status) if status
  end
end
