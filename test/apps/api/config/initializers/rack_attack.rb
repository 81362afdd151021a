# frozen_string_literal: true

# Rack::Attack puts itself into the middleware.
Rack::Attack.throttle("sessions", limit: 5, period: 60) do |request|
  request.ip if request.post? && request.path == "/v1/session"
end

Rack::Attack.throttled_responder = lambda do |_request|
  [429, {"content-type" => "application/json"}, [%({"error":"too many requests"})]]
end
