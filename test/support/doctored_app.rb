# frozen_string_literal: true

require "showcase_memtrim"
require "showcase_memtrim/doctor"
require_relative "app_on_disk"

# An app of which the doctor has nothing to say, and copies of it with one thing planted. It need not boot.
module DoctoredApp
  include AppOnDisk

  # Every line counts: tests name them by number.
  SOUND = {
    "config/application.rb" => <<~RUBY,
      require_relative "boot"
      require "rails"
      require "active_record/railtie"
      require "action_controller/railtie"
      Bundler.require(*Rails.groups)
      module Shop
        class Application < Rails::Application
          config.load_defaults 7.2
          config.yjit = false
        end
      end
    RUBY
    "config/environments/production.rb" => <<~RUBY,
      Rails.application.configure do
        config.enable_reloading = false
        config.eager_load = false
        config.log_tags = [:request_id]
        config.log_level = ENV.fetch("RAILS_LOG_LEVEL", "info")
      end
    RUBY
    "config/puma.rb" => <<~RUBY,
      threads_count = ENV.fetch("RAILS_MAX_THREADS", 3)
      threads threads_count, threads_count
      port ENV.fetch("PORT", 3000)
    RUBY
    "config/database.yml" => <<~YAML,
      default: &default
        adapter: sqlite3
        pool: <%= ENV.fetch("RAILS_MAX_THREADS", 5) %>

      production:
        <<: *default
        database: storage/<%= ENV.fetch("NAME", "production") %>.sqlite3
    YAML
    "Gemfile" => <<~RUBY,
      source "https://rubygems.org"
      gem "rails", "~> 7.2.0"
      gem "puma"
      group :development, :test do
        gem "debug"
        gem "rspec-rails"
      end
    RUBY
    "Gemfile.lock" => <<~LOCK
      GEM
        specs:
          puma (6.4.2)
          rails (7.2.2)
          railties (7.2.2)

      RUBY VERSION
         ruby 3.3.5p100
    LOCK
  }.freeze

  # What is measured of this machine's Ruby, in place of it.
  Stack = Struct.new(:touched_bytes)
  UNTOUCHED = Stack.new(24_576)

  # @param changes [Hash] contents by path; nil: no such file; an array: [old, new, …] in the sound one
  # @return [Array<ShowcaseMemtrim::Doctor::Finding>]
  def findings(changes = {}, variables: nil, env: "production")
    with_app(doctored(changes)) { |app| diagnosis(app, variables, env).findings }
  end

  # @yield [directory]
  def with_doctored_app(changes = {}, &block)
    with_app(doctored(changes), &block)
  end

  def diagnosis(app, variables = nil, env = "production")
    file = variables && File.join(app, "../container.env").tap { |path| File.write(path, variables.map { |name, value| "#{name}=#{value}\n" }.join) }
    ShowcaseMemtrim::Doctor.new(app, env: env, env_file: file, main_stack: UNTOUCHED)
  end

  def doctored(changes)
    SOUND.merge(changes.to_h { |path, change| [path, change.is_a?(Array) ? edited(path, change) : change] })
  end

  def edited(path, pairs)
    pairs.each_slice(2).inject(SOUND.fetch(path)) do |text, (old, new)|
      raise "#{path} has no #{old}" unless text.include?(old)
      text.sub(old) { new }
    end
  end

  # @return [Array<Array>] rule, level, place
  def places(findings)
    findings.map { |finding| [finding.rule, finding.level, finding.place] }
  end
end
