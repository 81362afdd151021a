# frozen_string_literal: true

module Billing
  class ApplicationController < ActionController::API
    before_action :authenticate

    rescue_from(ActiveRecord::RecordNotFound) { render json: {error: "not found"}, status: :not_found }

    private

    def authenticate
      @owner = Billing.config.authenticate.call(request)
      render json: {error: "unauthorized"}, status: :unauthorized unless @owner
    end
  end
end
