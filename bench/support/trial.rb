# frozen_string_literal: true

# One trial of bench/truth: a fresh process (`ruby -r bench/support/trial.rb`) that boots the app in the
# working directory without the gems and railties named in LEAVE_OUT, unrecorded, and prints what it holds.
#
# What is left out is left out as the gem's enforcement does it: Bundler.require does not require the gem,
# the list of railties does not name the railtie. Everything else is the app's own boot.
require_relative "../../lib/showcase_memtrim/native"

module Trial
  LEFT_OUT = ENV.fetch("LEAVE_OUT", "").split(",")
  LISTS = %r{/(?:config/application|rails/all)\.rb\z}

  # Only top-level code of the two lists of railties is answered; every other require is the program's own.
  def self.skip?(name, caller_path)
    LEFT_OUT.include?(name.to_s) && LISTS.match?(caller_path)
  end

  def self.prepare
    require "bundler/setup"
    Bundler.load.dependencies.each do |dependency|
      dependency.instance_variable_set(:@autorequire, []) if LEFT_OUT.include?(dependency.name)
    end
    TOPLEVEL_BINDING.receiver.define_singleton_method(:require) do |name|
      next false if LEFT_OUT.any? && Trial.skip?(name, caller_locations(1, 1).first.path)
      super(name)
    end
  end

  def self.report
    slots, blocks, retained = ShowcaseMemtrim::Recorder.holdings(GC::INTERNAL_CONSTANTS.fetch(:HEAP_PAGE_SIZE, 65_536))
    features = $LOADED_FEATURES.dup if ENV["FEATURES"]
    File.write(ENV.fetch("TRIAL_RESULT"), "#{slots} #{blocks} #{retained}\n#{features&.join("\n")}")
  end
end

Trial.prepare
require File.expand_path("config/environment")
Trial.report
