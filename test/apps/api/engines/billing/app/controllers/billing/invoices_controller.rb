# frozen_string_literal: true

module Billing
  class InvoicesController < ApplicationController
    def index
      render json: {invoices: @owner.invoices.order(:id).map(&:summary)}
    end

    def show
      invoice = @owner.invoices.find(params[:id])
      lines = invoice.line_items.map { |line| {description: line.description, amount: line.amount.to_s} }
      render json: invoice.summary.merge(lines: lines)
    end

    def pay
      invoice = @owner.invoices.find(params[:id])
      invoice.paid_invoice!
      InvoiceMailer.with(invoice: invoice).invoice.deliver_later
      render json: invoice.summary
    end
  end
end
