# frozen_string_literal: true

require_relative "tools"
require_relative "../../lib/showcase_memtrim"
require_relative "../../lib/showcase_memtrim/native"
require_relative "figures"
require_relative "result"

# What bench/cable shows.
module CableBench
  # How each server is started: the app's copy, its command before the address to listen at, and its variables.
  Start = Struct.new(:title, :in_gemfile, :command, :variables, keyword_init: true)

  FULL = %w[bundle exec puma -C - -t 1:1].freeze
  SERVERS = {
    "eager" => Start.new(title: "the full server, eager load", in_gemfile: false, command: [*FULL, "cable/full.ru"], variables: {"EAGER_LOAD" => "1"}),
    "lazy" => Start.new(title: "the full server, without", in_gemfile: false, command: [*FULL, "cable/full.ru"], variables: {"EAGER_LOAD" => "0"}),
    "ours" => Start.new(title: "showcase_memtrim/cable", in_gemfile: true, command: %w[bin/cable], variables: {})
  }.freeze

  # A relay of the app's, and its streams.
  CHANNEL = "CurrentHeatChannel"
  STREAM = "current-heat-%s"
  # Of config/cable.yml.
  PREFIX = "showcase_production"

  # Clients of one stream. So a message costs a server the same, however many clients there are.
  ROOM = 20
  # Messages a second.
  RATE = 200
  # Messages to everybody, one after the other.
  BURST = 5
  # Seconds until a server that has booted, or taken clients, is measured.
  SETTLE = 3
  # What a server and its clients may open: a socket for each client, and some files.
  FILES = 8192

  # @return [Array<String>] what so many clients name in turn
  def self.events(clients)
    Array.new(clients.fdiv(ROOM).ceil, &:to_s)
  end

  require_relative "cable/app"
  require_relative "cable/program"
  require_relative "cable/trial"
  require_relative "cable/comparison"
end
