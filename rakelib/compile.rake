# frozen_string_literal: true

require "rb_sys/extensiontask"

spec = Gem::Specification.load(File.expand_path("../showcase_memtrim.gemspec", __dir__))

cargo_version = File.read(File.expand_path("../Cargo.toml", __dir__))[/^version = "(.+?)"/, 1]
abort "Cargo.toml says version #{cargo_version}, lib/showcase_memtrim/version.rb #{spec.version}" if cargo_version != spec.version.to_s

# The binding, and the allocation counter that measured boots preload (Linux only).
crates = %w[showcase_memtrim]
crates << "memtrim_alloc" if ENV.fetch("RUBY_TARGET", RUBY_PLATFORM).include?("linux")

crates.each do |crate|
  RbSys::ExtensionTask.new(crate, spec) do |ext|
    ext.lib_dir = "lib/showcase_memtrim"
    ext.source_pattern = "../memtrim_core/**/*.{rs,toml,html,css,js}"
    ext.cross_compiling { |native| native.files.reject! { |file| file.start_with?("ext/") } }
  end
end

# rb_sys hands the first crate's folder to every Makefile; each knows its own.
task("rb_sys:env:default") { ENV.delete("RB_SYS_CARGO_MANIFEST_DIR") }
