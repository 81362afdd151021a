# frozen_string_literal: true

class TrackingsController < ApplicationController
  before_action { @shipment = current_account.shipments.find(params[:shipment_id]) }

  def show
    render json: {status: @shipment.status, events: @shipment.tracking_events.map(&:summary)}
  end

  def create
    TrackJob.perform_later(@shipment)
    head :accepted
  end
end
