# frozen_string_literal: true

module Billing
  class InvoiceMailer < ActionMailer::Base
    default from: -> { Billing.config.sender }

    def invoice
      @invoice = params[:invoice]
      mail to: @invoice.owner.email, subject: default_i18n_subject(number: @invoice.number)
    end
  end
end
