# frozen_string_literal: true

Rails.application.config.middleware.insert_before 0, Rack::Cors do
  allow do
    origins "https://app.freight.example"
    resource "/v1/*", headers: :any, methods: [:get, :post, :options]
  end
end
