# frozen_string_literal: true

module Billing
  module Owner
    extend ActiveSupport::Concern

    included do
      has_many :invoices, class_name: "Billing::Invoice", foreign_key: :owner_id, inverse_of: :owner, dependent: :destroy
    end
  end
end
