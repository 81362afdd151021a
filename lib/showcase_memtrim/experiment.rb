# frozen_string_literal: true

require_relative "../showcase_memtrim"
require_relative "native"

module ShowcaseMemtrim
  # An app booted many ways, in fresh processes, and compared: one way is a variant, one process a trial.
  module Experiment
  end
end

%w[variant workload trial side_by_side runner candidates search proof check deferrals without_each minimal workspace changes fingerprint store].each do |part|
  require_relative "experiment/#{part}"
end
