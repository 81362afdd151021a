# frozen_string_literal: true

class SessionsController < ApplicationController
  skip_before_action :authenticate

  def create
    if (account = Account.find_by_key(params.require(:key)))
      render json: {token: Token.for(account)}, status: :created
    else
      render json: {error: "unauthorized"}, status: :unauthorized
    end
  end
end
