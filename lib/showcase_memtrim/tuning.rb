# frozen_string_literal: true

require "json"
require_relative "experiment"

module ShowcaseMemtrim
  # Allocator, garbage collector, YJIT and threads of an app, searched for what makes its server small: native, decides
  # what to try next; {Run} tries it.
  class Tuning
    # @param names [Array<String>] of levers that are to be left alone
    # @raise [Error] for one that there is not
    def self.check(names)
      new(JSON.generate(ruby: RUBY_VERSION, allocator: "unknown", threads: 1, cpu_limit: 0, skip: names))
    rescue ArgumentError => error
      raise Error, "--skip: #{error.message}"
    end
  end
end

%w[changes stock jemalloc lines run].each { |part| require_relative "tuning/#{part}" }
