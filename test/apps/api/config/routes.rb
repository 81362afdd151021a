# frozen_string_literal: true

Rails.application.routes.draw do
  # Reveal health status on /up that returns 200 if the app boots with no exceptions, otherwise 500.
  get "up" => "rails/health#show", :as => :rails_health_check

  scope "v1" do
    resource :session, only: [:create]
    resources :shipments, only: [:index, :show, :create] do
      resource :tracking, only: [:show, :create]
    end
    resource :quote, only: [:show]
    resource :export, only: [:show]
  end

  mount Partner::Root => "/partner"
  mount Billing::Engine => "/billing"
end
