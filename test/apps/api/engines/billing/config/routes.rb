# frozen_string_literal: true

Billing::Engine.routes.draw do
  resources :invoices, only: [:index, :show] do
    post :pay, on: :member
  end
end
