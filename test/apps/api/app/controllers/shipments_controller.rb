# frozen_string_literal: true

class ShipmentsController < ApplicationController
  def index
    pagy, shipments = pagy(current_account.shipments.newest_first)
    render json: {shipments: shipments.map(&:summary), page: pagy.page, pages: pagy.pages, count: pagy.count}
  end

  def show
    shipment = current_account.shipments.find(params[:id])
    render json: shipment.summary.merge(events: shipment.tracking_events.map(&:summary))
  end

  def create
    result = ShipmentContract.new.call(params.to_unsafe_h.slice("origin", "destination", "grams"))
    return render json: {errors: result.errors.to_h}, status: 422 if result.failure?

    shipment = current_account.shipments.create!(**result.to_h, cents: Quote.new(Parcel.new(result.to_h)).cents)
    Billing::InvoiceJob.perform_later(current_account, "Parcel #{shipment.reference}", shipment.cents)
    render json: shipment.summary, status: :created
  end
end
