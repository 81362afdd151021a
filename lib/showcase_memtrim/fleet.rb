# frozen_string_literal: true

require "json"
require_relative "../showcase_memtrim"
require_relative "configuration"
require_relative "native"

module ShowcaseMemtrim
  # All processes of the machine at one moment (ext/showcase_memtrim/src/fleet.rs has the rest).
  class Fleet
    # @param reading [Hash] proc: its /proc, if it is another one; tenant_variable and environment_variable: the environment
    #   variables that name tenants and environments, the only ones that are read
    # @param cable [String, nil] text that the titles of cable servers have
    # @yield [String] what can't be known, and why
    # @return [Fleet]
    # @raise [Error] where there is no /proc, or another one than this class can read
    def self.now(cable: nil, **reading, &note)
      fleet = observe(JSON.generate(reading.compact.merge(gems: true)), cable)
      fleet.defers(JSON.generate(deferred(fleet, &note)))
      fleet
    rescue ArgumentError => error
      raise Error, error.message
    end

    # @return [Array<Hash>] what the apps that were seen defer: directory and gems
    def self.deferred(fleet, &note)
      fleet.directories.map { |directory| {directory: directory, gems: deferred_by(directory, &note)} }
    end

    # The directory may be one of another container's, and not there.
    def self.deferred_by(directory)
      Configuration.read(directory).deferred.map(&:name)
    rescue Error, SystemCallError => error
      yield "#{directory.match?(/[[:cntrl:]]/) ? directory.inspect : directory}: #{error.message}"
      []
    end
    private_class_method :deferred_by
  end
end
