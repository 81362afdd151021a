# frozen_string_literal: true

require "fileutils"
require "tmpdir"
require "showcase_memtrim"
require "showcase_memtrim/doctor"

# An app's files, as far as they say what runs it; nothing of it boots. Its image has nothing to find.
module DeployedApp
  # What `rails new` of that version writes, with SQLite and all defaults.
  FRESH = File.expand_path("deployments", __dir__)

  DOCKERFILE = <<~TEXT
    FROM ruby:3.3.8-slim AS base
    WORKDIR /rails
    RUN apt-get update -qq && \\
        apt-get install --no-install-recommends -y curl libjemalloc2 && \\
        rm -rf /var/lib/apt/lists
    ENV RAILS_ENV="production" \\
        BUNDLE_WITHOUT="development:test" \\
        RUBY_GC_HEAP_FREE_SLOTS_MIN_RATIO="0.05" \\
        RUBY_GC_HEAP_FREE_SLOTS_GOAL_RATIO="0.1" \\
        RUBY_GC_HEAP_FREE_SLOTS_MAX_RATIO="0.15" \\
        LD_PRELOAD="libjemalloc.so.2"
    FROM base AS build
    COPY Gemfile Gemfile.lock ./
    RUN bundle install && bundle exec bootsnap precompile --gemfile
    COPY . .
    RUN bundle exec bootsnap precompile app/ lib/
    FROM base
    COPY --from=build /usr/local/bundle /usr/local/bundle
    COPY --from=build /rails /rails
    CMD ["./bin/rails", "server"]
  TEXT

  FILES = {
    "Gemfile" => "gem \"rails\"\ngem \"puma\"\ngem \"bootsnap\", require: false\ngroup :development, :test do\n  gem \"debug\"\nend\n",
    "Gemfile.lock" => "GEM\n  specs:\n    aws-sdk-s3 (1.200.0)\n    bootsnap (1.18.4)\n    debug (1.9.2)\n    puma (6.4.3)\n    rails (8.1.0)\n    railties (8.1.0)\n\nRUBY VERSION\n   ruby 3.3.8p144\n",
    "config/boot.rb" => "require \"bundler/setup\"\nrequire \"bootsnap/setup\"\n",
    "config/application.rb" => "require_relative \"boot\"\nrequire \"rails\"\nmodule Deployed\n  class Application < Rails::Application\n    config.load_defaults 8.1\n  end\nend\n",
    "config/environments/production.rb" => "Rails.application.configure do\n  config.eager_load = true\nend\n",
    "config/puma.rb" => "threads 3, 3\n",
    "config.ru" => "require_relative \"config/environment\"\nrun Rails.application\n",
    "bin/rails" => "#!/usr/bin/env ruby\nrequire_relative \"../config/boot\"\nrequire \"rails/commands\"\n",
    "Dockerfile" => DOCKERFILE
  }.freeze

  # @param files [Hash] contents by path; nil: none of that name; :directory
  # @yield [directory]
  def with_app(files = {})
    Dir.mktmpdir("deployed") do |dir|
      root = File.realpath(dir)
      FILES.merge(files).each do |path, content|
        file = File.join(root, path)
        FileUtils.mkdir_p((content == :directory) ? file : File.dirname(file)) if content
        File.binwrite(file, content) if content.is_a?(String)
      end
      yield root
    end
  end

  # The image with some of its text replaced.
  def dockerfile(*replacements)
    replacements.each_slice(2).reduce(DOCKERFILE) do |text, (from, to)|
      raise "not there: #{from}" unless text.include?(from)
      text.sub(from) { to }
    end
  end

  def deployment(files = {}, env_file = nil)
    with_app(files) { |root| yield ShowcaseMemtrim::Doctor::App.new(root, env: "production", env_file: env_file && File.join(root, env_file)).deployment }
  end

  # @return [Hash] the contents that `rails new` of a version writes
  def fresh(version)
    directory = File.join(FRESH, "rails-#{version}")
    Dir.glob("**/*", base: directory).select { |file| File.file?(File.join(directory, file)) }.to_h { |file| [file, File.binread(File.join(directory, file))] }
  end
end
