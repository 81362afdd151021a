# frozen_string_literal: true

module Billing
  class InvoiceJob < ActiveJob::Base
    def perform(owner, description, cents)
      Invoice.current_for(owner).line_items.create!(description: description, cents: cents)
    end
  end
end
