# frozen_string_literal: true

namespace :rust do
  {
    fmt: ["Check the format of the Rust code", %w[fmt --all --check]],
    lint: ["Lint the Rust code", %w[clippy --workspace --all-targets --quiet -- -D warnings]],
    test: ["Test the Rust crates", %w[test --workspace --quiet]]
  }.each do |name, (description, arguments)|
    desc description
    task(name) { sh("cargo", *arguments) { |ok, _| exit(1) unless ok } }
  end
end
