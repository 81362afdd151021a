# frozen_string_literal: true

require "rack/body_proxy"

module ShowcaseMemtrim
  module Settle
    # Outside of all the app's middleware: tells when a request begins, and when its response has been sent.
    class Middleware
      def initialize(app)
        @app = app
        @installed = Settle.installed # what was said last, when the app's middleware is built
      end

      def call(env)
        return @app.call(env) unless @installed&.request_started
        begin
          status, headers, body = response = @app.call(env)
          return response if taken_over?(env, status, headers)
          ends_with_body = true
          [status, headers, ::Rack::BodyProxy.new(body) { @installed.request_ended }]
        ensure
          @installed.request_ended unless ends_with_body
        end
      end

      private

      # From here on the connection is the app's own (Rack's hijacking, as Action Cable does it): it may stay open for days,
      # and is no request any more.
      def taken_over?(env, status, headers)
        status.to_i < 0 || env["rack.hijack_io"] || headers&.key?("rack.hijack")
      end
    end
  end
end
