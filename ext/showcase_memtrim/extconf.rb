# frozen_string_literal: true

require_relative "../toolchain"
Toolchain.check!

require "mkmf"
require "rb_sys/mkmf"

create_rust_makefile("showcase_memtrim/showcase_memtrim")
