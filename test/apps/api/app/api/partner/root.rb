# frozen_string_literal: true

module Partner
  # For those who sell our services.
  class Root < Grape::API
    format :json

    rescue_from(Tariff::Unserved) { |error| error!({error: error.message}, 422) }

    resource :quotes do
      desc "What a parcel costs"
      params do
        requires :origin, type: String, regexp: /\A[A-Z]{2}\z/
        requires :destination, type: String, regexp: /\A[A-Z]{2}\z/
        requires :grams, type: Integer, values: 1..70_000
      end
      get { Quote.new(Parcel.new(declared(params).to_h)).as_json }
    end

    resource :shipments do
      desc "Where a parcel is"
      params { requires :reference, type: String }
      get ":reference" do
        shipment = Shipment.find_by(reference: params[:reference])
        error!({error: "not found"}, 404) unless shipment
        {reference: shipment.reference, status: shipment.status}
      end
    end
  end
end
