# frozen_string_literal: true

class ApplicationController < ActionController::API
  include Pagy::Backend

  before_action :authenticate

  rescue_from(ActiveRecord::RecordNotFound) { render json: {error: "not found"}, status: :not_found }
  rescue_from(ActionController::ParameterMissing) { |error| render json: {error: error.message}, status: :bad_request }

  private

  attr_reader :current_account

  def authenticate
    @current_account = Token.account(request.authorization)
    render json: {error: "unauthorized"}, status: :unauthorized unless @current_account
  end
end
