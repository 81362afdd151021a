# frozen_string_literal: true

require "fileutils"
require "tmpdir"
require_relative "../app_copy"
require_relative "../memtrim"
require_relative "cable_server"
require_relative "tenant_process"

# A copy of the tenant sample app with the gem in its Gemfile, for its Action Cable servers and for the tenants that talk to
# them. Gone when the process ends.
class CableApp
  SECRET = "cable" * 20

  # As Action Cable's guide has it.
  FULL = <<~RUBY
    require_relative "../config/environment"
    Rails.application.eager_load!

    run ActionCable.server
  RUBY

  attr_reader :directory

  # @param redis [RedisServer, nil] nil: without
  # @param files [Hash{String => String, nil}] besides or in place of the app's own; nil: no such file
  def initialize(redis, files: {}, rails: AppCopy.rails_versions.last)
    @redis = redis
    @from = AppCopy.prepare("tenant", rails: rails, in_gemfile: true)
    @directory = Dir.mktmpdir("cable_app").then { |directory| File.realpath(directory) }
    Minitest.after_run { FileUtils.rm_rf(@directory) }
    copy
    write({"cable/full.ru" => FULL, **files})
  end

  # @param files [Hash{String => String, nil}]
  def write(files)
    files.each do |name, content|
      path = File.join(@directory, name)
      next FileUtils.rm_f(path) unless content
      FileUtils.mkdir_p(File.dirname(path))
      File.write(path, content)
    end
  end

  # After its Gemfile was changed; nothing is downloaded.
  #
  # @return [CableApp] self
  def bundle
    result = Memtrim.run_command("bundle", "install", "--local", "--quiet", env: environment({}), chdir: @directory)
    result.status.success? ? self : raise("bundle install failed in #{@directory}:\n#{result.out}#{result.err}")
  end

  # @return [CableServer] bin/cable, which answers
  def serve(**env)
    CableServer.start(self, ["bin/cable"], environment(env))
  end

  # @return [CableServer] Puma with the whole app, which answers
  def serve_full(**env)
    CableServer.start(self, %w[bundle exec puma -C - -t 1:1], environment(env), arguments: ["cable/full.ru"])
  end

  # Runs bin/cable where it can't start.
  #
  # @return [Memtrim::Result]
  def refused(**env)
    Memtrim.run_command("timeout", "60", "bin/cable", "-b", "tcp://127.0.0.1:0", env: environment(env), chdir: @directory)
  end

  # @return [TenantProcess] the app itself, in production
  def tenant(**env)
    TenantProcess.new(@directory, environment(env))
  end

  private

  # Bootsnap's cache is that of all copies.
  def environment(env)
    variables = {
      "BUNDLE_GEMFILE" => File.join(@directory, "Gemfile"), "BOOTSNAP_CACHE_DIR" => File.join(@from, "tmp/cable"), "EAGER_LOAD" => "0",
      "RAILS_ENV" => "production", "REDIS_URL" => @redis&.url, "SECRET_KEY_BASE" => SECRET
    }
    variables.merge(env.to_h { |name, value| [name.to_s.upcase, value] })
  end

  def copy
    FileUtils.cp_r((Dir.children(@from) - %w[log tmp storage coverage]).map { |name| File.join(@from, name) }, @directory)
    %w[log tmp storage].each { |name| FileUtils.mkdir_p(File.join(@directory, name)) }
  end
end
