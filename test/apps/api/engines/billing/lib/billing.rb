# frozen_string_literal: true

require "billing/version"
require "billing/configuration"
require "billing/engine"

# Invoices for whoever owns them: the application says who that is.
module Billing
  class << self
    def configure
      yield config
    end

    def config
      @config ||= Configuration.new
    end
  end
end
