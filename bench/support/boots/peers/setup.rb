# frozen_string_literal: true

# What each peer's boot begins with: the app's own bundle, then the peer on the load path beside it.
require "bundler/setup"
require "json"
require_relative "../clock"

$LOAD_PATH.push(*ENV.fetch("PEER_PATHS").split(":"))

module Peer
  # bench/overhead wants the cost of the boot, not of the tool's report.
  def self.timing?
    ENV.key?("PEER_TIMING")
  end

  # @param bytes [Hash{String => Numeric}] by gem, as the tool names it
  def self.result(bytes)
    File.write(ENV.fetch("BOOT_RESULT"), JSON.generate(bytes))
  end
end
