# frozen_string_literal: true

module Tariff
  VERSION = "0.3.1"
end
