# frozen_string_literal: true

module Billing
  class Invoice < ApplicationRecord
    belongs_to :owner, class_name: Billing.config.owner_class, inverse_of: :invoices
    has_many :line_items, -> { order(:id) }, inverse_of: :invoice, dependent: :destroy

    enum :status, {open: 0, paid: 1}, suffix: :invoice

    before_validation on: :create do
      self.currency ||= Billing.config.currency
      self.number ||= format("%s-%04d", Time.current.strftime("%Y%m"), Invoice.maximum(:id).to_i + 1)
    end

    # What an account owes is on one invoice until it is paid.
    def self.current_for(owner)
      open_invoice.find_or_create_by!(owner: owner)
    end

    def total
      Money.new(line_items.sum(:cents), currency)
    end

    def summary
      slice(:id, :number, :status).merge("total" => total.to_s)
    end
  end
end
