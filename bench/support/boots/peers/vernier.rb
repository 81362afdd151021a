# frozen_string_literal: true

# Vernier's retained mode: what is alive at the end, by the innermost frame that lies in a gem.
require_relative "setup"
require "vernier"

result = Vernier.trace_retain { require File.expand_path("config/environment") }
Clock.stop
exit if Peer.timing?

table = result.stack_table
gem_of_frame = Hash.new do |gems, frame|
  path = table.func_path(table.frame_func_idx(frame)).to_s
  gems[frame] = path[%r{.*/gems/([^/]+)/}, 1]
end
gem_of_stack = Hash.new do |gems, stack|
  gem = gem_of_frame[table.stack_frame_idx(stack)]
  parent = table.stack_parent_idx(stack)
  gems[stack] = gem || (gem_of_stack[parent] if parent)
end

bytes = Hash.new(0)
result.threads.each_value do |thread|
  thread.fetch(:samples).zip(thread.fetch(:weights)) { |stack, weight| bytes[gem_of_stack[stack].to_s] += weight }
end
Peer.result(bytes)
