# frozen_string_literal: true

# A recorded boot as `memtrim record` makes it, but with the CPU time at the boot's end. With LEAVE_OUT, a
# recording of what is left (bench/truth --explain).
require_relative "../../../lib/showcase_memtrim/child"
require_relative "clock"

if ENV.key?("LEAVE_OUT")
  require_relative "../../../lib/showcase_memtrim/left_out"
  ShowcaseMemtrim::LeftOut.new(ENV["LEAVE_OUT"].split(",").to_h { |name| [name, []] }).install
end
begin
  require File.expand_path("config/environment")
  Clock.stop
ensure
  ShowcaseMemtrim::Child.finish($!)
end
