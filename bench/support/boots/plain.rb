# frozen_string_literal: true

# A boot as it is without us, and the time at its end.
require "bundler/setup"
require_relative "clock"
require File.expand_path("config/environment")
Clock.stop
