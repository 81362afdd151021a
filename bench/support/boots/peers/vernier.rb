# frozen_string_literal: true

# Vernier's retained mode: what is alive at the end, by the innermost frame that lies in a gem. In its favour, the
# frames of those that only load other gems' files are passed over: by them, most of a boot would be bootsnap's.
require_relative "setup"
require "vernier"

LOADERS = /\A(bootsnap|zeitwerk)-/

result = Vernier.trace_retained { require File.expand_path("config/environment") }
Clock.stop
exit if Peer.timing?

table = result.stack_table
gem_of_frame = Hash.new do |gems, frame|
  gem = table.func_path(table.frame_func_idx(frame)).to_s[%r{.*/gems/([^/]+)/}, 1]
  gems[frame] = (gem unless gem&.match?(LOADERS))
end
gem_of_stack = Hash.new do |gems, stack|
  at = stack
  at = table.stack_parent_idx(at) until at.nil? || gem_of_frame[table.stack_frame_idx(at)]
  gems[stack] = at ? gem_of_frame[table.stack_frame_idx(at)] : ""
end

bytes = Hash.new(0)
result.threads.each_value do |thread|
  thread.fetch(:samples).zip(thread.fetch(:weights)) { |stack, weight| bytes[gem_of_stack[stack]] += weight }
end
Peer.result(bytes)
