# frozen_string_literal: true

require "mkmf"

# The allocation counter is preloaded (LD_PRELOAD) into the boots that are measured: Linux only.
if RbConfig::CONFIG["target_os"].start_with?("linux")
  require_relative "../toolchain"
  Toolchain.check!

  require "rb_sys/mkmf"
  create_rust_makefile("showcase_memtrim/memtrim_alloc")
else
  File.write("Makefile", dummy_makefile(__dir__).join)
end
