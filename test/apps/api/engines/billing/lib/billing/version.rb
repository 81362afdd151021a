# frozen_string_literal: true

module Billing
  VERSION = "1.2.0"
end
