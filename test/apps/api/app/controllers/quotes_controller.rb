# frozen_string_literal: true

class QuotesController < ApplicationController
  skip_before_action :authenticate

  rescue_from(Dry::Struct::Error, Tariff::Unserved) { |error| render json: {error: error.message}, status: 422 }

  def show
    render json: Quote.new(Parcel.new(params.permit(:origin, :destination, :grams).to_h))
  end
end
