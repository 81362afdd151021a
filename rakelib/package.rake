# frozen_string_literal: true

require "bundler/gem_tasks" # build: the source gem, into pkg/; native gem: a precompiled one for this machine

namespace :package do
  desc "Build the source gem and install it into an empty folder, as a user would"
  task check: :build do
    home = File.expand_path("../tmp/package_check", __dir__)
    rm_rf home
    gem = Dir["pkg/showcase_memtrim-*.gem"].grep_v(/linux|darwin/).max_by { |file| File.mtime(file) }
    Bundler.with_unbundled_env do
      env = {"GEM_HOME" => home, "GEM_PATH" => home}
      sh env, "bin/cargo", "--", "gem", "install", "--no-document", gem
      sh env, "#{home}/bin/memtrim", "--version"
    end
  end
end
