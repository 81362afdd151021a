# frozen_string_literal: true

namespace :modern do
  desc "Make a Debian with a newer Ruby in the cache folder: 3.3 (Debian 13) or 3.4 (sid)"
  task(:setup, [:ruby]) { |_, args| Bundler.with_unbundled_env { sh "bin/modern", "setup", args[:ruby] || "3.3" } }

  desc "Run every check there, on the Rails versions that Ruby supports (or RAILS_VERSION)"
  task(:test, [:ruby]) do |_, args|
    env = {"MODERN_RUBY" => args[:ruby] || "3.3"}
    Bundler.with_unbundled_env { sh(env, "bin/modern", "bin/test") { |ok, _| exit(1) unless ok } }
  end
end
