# frozen_string_literal: true

require "bundler"
require "fileutils"
require "open3"
require_relative "../app_copy"

# The Redis client before 5, unpacked once: the sample apps' bundles have a newer one.
module Redis4
  VERSION = "4.8.1"
  DIRECTORY = File.join(AppCopy::ROOT, "tmp/gems/redis-#{VERSION}")
  ATTEMPTS = 2

  # RubyGems' words for a source that can't be reached.
  UNREACHABLE = /Unable to download data|SocketError|Net::OpenTimeout|Errno::E(CONNREFUSED|CONNRESET|HOSTUNREACH|NETUNREACH)/

  class << self
    # @return [String, nil] a directory for a Gemfile's `path:`; nil: the source can't be reached
    # @raise [RuntimeError] when RubyGems does not like it
    def prepare
      (File.exist?(File.join(DIRECTORY, "redis.gemspec")) || fetch) ? DIRECTORY : nil
    end

    private

    def fetch
      FileUtils.mkdir_p(File.dirname(DIRECTORY))
      Dir.mktmpdir("redis", File.dirname(DIRECTORY)) do |directory|
        unpack(directory) if ATTEMPTS.times.any? { run(directory, "fetch", "redis", "--version", VERSION) }
      end
    end

    def unpack(directory)
      package = "redis-#{VERSION}.gem"
      run(directory, "unpack", package)
      specification = run(directory, "specification", package, "--ruby")
      File.write(File.join(directory, "redis-#{VERSION}", "redis.gemspec"), specification)
      FileUtils.rm_rf(DIRECTORY)
      File.rename(File.join(directory, "redis-#{VERSION}"), DIRECTORY)
    end

    # @return [String, nil] what it prints; nil: the source can't be reached
    def run(directory, *command)
      output, error, status = Bundler.with_unbundled_env { Open3.capture3("gem", *command, chdir: directory) }
      return output if status.success?
      raise "gem #{command.join(" ")} failed:\n#{output}#{error}" unless (output + error).match?(UNREACHABLE)
    end
  end
end
