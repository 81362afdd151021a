# frozen_string_literal: true

require_relative "app_copy"

# What `rails new` makes by default, with a scaffold and our gem in its Gemfile; made once for one Ruby and one Rails.
#
#   NewApp.prepare(rails: "7.2")  # => ".../tmp/legs/ruby-3.1-rails-7.2/new_app"
class NewApp < AppCopy
  NAME = "new_app"

  # Read by `rails new` before it bundles.
  TEMPLATE = <<~RUBY
    create_file ".bundle/config", %(---\\nBUNDLE_PATH: "#{File.join(ROOT, "vendor/bundle")}"\\n)
    gsub_file "Gemfile", /^source .*$/, #{"source #{Gem.sources.first.uri.to_s.inspect}".inspect}
    gem "showcase_memtrim", path: #{ROOT.inspect}
    gem "minitest", "< 6", require: false # Rails 7.2.3 takes 6, which its test runner does not know
    if Gem.rubygems_version < Gem::Version.new("3.3.22") # which can't tell the newer precompiled gems apart
      gem "nokogiri", "< 1.17", require: false
      gsub_file "Gemfile", /^gem "sqlite3".*$/, 'gem "sqlite3", "~> 1.7"'
      gsub_file "Gemfile", /^  gem "error_highlight".*$/, "" # Ruby's own is active before Bundler of that time is
    end
    after_bundle do
      generate "scaffold", "post title:string"
      rails_command "db:migrate"
    end
  RUBY

  class << self
    # @return [String] its directory
    def prepare(rails: rails_versions.last)
      new(rails: rails).prepare
    end
  end

  def initialize(rails:)
    super("tenant", rails: rails) # whose bundle has the Rails that makes the new one
    @generator = directory
    @directory = File.join(File.dirname(directory), NAME)
  end

  def prepare
    AppCopy.prepare("tenant", rails: @rails)
    alone { generate unless stamped?("generated", fingerprint) }
    directory
  end

  private

  def generate
    warn "generating #{directory.delete_prefix("#{ROOT}/")} (Rails #{@rails})"
    FileUtils.rm_rf(directory)
    template = "#{directory}.template.rb"
    File.write(template, TEMPLATE)
    rails_new("--template", template)
    write_stamp("generated", fingerprint)
  ensure
    FileUtils.rm_f(template) if template
  end

  # With the gems of the other app, and from outside of it: within, `rails` would be that app's. What the new app's
  # generator starts must find the new app's gems, so no variable tells of this bundle; but for the one with which
  # Bundler answers Rails where `bundle` is.
  def rails_new(*options)
    command = ["ruby", "-rbundler/setup", "-e", %(ENV.replace(Bundler.original_env.merge(ENV.slice("BUNDLE_BIN_PATH"))); Dir.chdir(".."); require "rails/cli"), "new", directory, "--name", NAME, *options]
    output = Bundler.with_unbundled_env { IO.popen({"RAILS_ENV" => nil}, command, chdir: @generator, err: %i[child out], &:read) }
    raise Error, "rails new failed in #{directory}:\n#{output}" unless $?.success? && File.exist?(lock_file) && File.exist?(File.join(directory, "db/schema.rb"))
  end

  def fingerprint
    digest(RUBY_VERSION, @rails, directory, Gem.sources.first.uri, *[__FILE__, File.join(ROOT, "showcase_memtrim.gemspec")].map { |file| File.binread(file) })
  end
end
