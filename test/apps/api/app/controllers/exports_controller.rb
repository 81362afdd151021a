# frozen_string_literal: true

# Every shipment of an account, a line for each.
class ExportsController < ApplicationController
  def show
    lines = current_account.shipments.order(:id).map { |shipment| Oj.dump(shipment.summary.to_h, mode: :compat) }
    send_data lines.join("\n"), type: "application/x-ndjson", filename: "shipments.ndjson"
  end
end
