# frozen_string_literal: true

require_relative "experiment"

module ShowcaseMemtrim
  # Allocator, garbage collector, YJIT and threads of an app, searched for what makes its server small: native, decides
  # what to try next; {Run} tries it.
  class Tuning
    # What the search may turn, by name.
    LEVERS = %w[threads yjit allocator gc malloc].freeze
  end
end

%w[changes stock jemalloc lines run].each { |part| require_relative "tuning/#{part}" }
