# frozen_string_literal: true

require_relative "lib/showcase_memtrim/version"

Gem::Specification.new do |spec|
  spec.name = "showcase_memtrim"
  spec.version = ShowcaseMemtrim::VERSION
  spec.summary = "What each railtie and each gem of a Rails app costs in memory, which are not needed, and how to stay small"
  spec.description = "Records a Rails boot in Rust, reports memory by railtie and gem, proves what can go by experiment, " \
    "and keeps the process small with a list of railties, deferred gems and memory budgets."
  spec.authors = ["showcase_memtrim contributors"]
  spec.license = "MIT"
  spec.required_ruby_version = ">= 3.1"
  spec.metadata = {"rubygems_mfa_required" => "true"}

  spec.files = Dir.chdir(__dir__) do
    Dir["{lib,exe}/**/*", "ext/**/*.{rs,toml,rb,html,css,js}", "Cargo.toml", "README.md", "CHANGELOG.md", "LICENSE"]
      .reject { |file| File.directory?(file) || file.match?(/\.(so|bundle)\z/) }
  end
  spec.bindir = "exe"
  spec.executables = ["memtrim"]
  spec.extensions = ["ext/showcase_memtrim/extconf.rb", "ext/memtrim_alloc/extconf.rb"]

  spec.add_dependency "erubi", "~> 1.10" # what Rails reads its templates with
  spec.add_dependency "prism", ">= 1.0", "< 3"
  spec.add_dependency "rb_sys", "~> 0.9.110"
end
