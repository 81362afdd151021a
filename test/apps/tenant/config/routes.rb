# frozen_string_literal: true

Rails.application.routes.draw do
  # Reveal health status on /up that returns 200 if the app boots with no exceptions, otherwise 500.
  get "up" => "rails/health#show", :as => :rails_health_check

  # A tenant has its place in the URL space of the machine: /2024/boston
  scope ENV.fetch("RAILS_APP_SCOPE", "") do
    resource :event, only: [:show, :edit, :update] do
      post :archive
      get :schedule
    end

    resources :studios
    resources :people
    resources :dances, only: [:index]
    resources :entries, except: [:show]
    resources :heats, only: [:index, :show] do
      resources :scores, only: [:create]
    end

    resources :locations, only: [:index]
    resources :packets, only: [:index, :show]

    root "events#show"
  end
end
