# frozen_string_literal: true

require "fileutils"
require "rubygems/package"
require "rubygems/remote_fetcher"
require "tmpdir"
require_relative "../app_copy"

# The Redis client before 5, unpacked once: the sample apps' bundles have a newer one.
module Redis4
  VERSION = "4.8.1"
  DIRECTORY = File.join(AppCopy::ROOT, "tmp/gems/redis-#{VERSION}")
  ATTEMPTS = 2

  # RubyGems' words for a source that can't be reached.
  UNREACHABLE = /SocketError|getaddrinfo|Net::OpenTimeout|Errno::E(CONNREFUSED|CONNRESET|HOSTUNREACH|NETUNREACH)/

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
        package = File.join(directory, "redis.gem")
        unpack(package) if ATTEMPTS.times.any? { download(package) }
      end
    end

    # By its address: `gem fetch` reads the list of all gems first.
    def download(package)
      File.binwrite(package, Gem::RemoteFetcher.fetcher.fetch_path(Gem.sources.first.uri + "gems/redis-#{VERSION}.gem"))
    rescue Gem::RemoteFetcher::FetchError => error
      raise unless error.message.match?(UNREACHABLE)
    end

    def unpack(path)
      package = Gem::Package.new(path)
      contents = File.join(File.dirname(path), "contents")
      package.extract_files(contents)
      File.write(File.join(contents, "redis.gemspec"), package.spec.to_ruby)
      FileUtils.rm_rf(DIRECTORY)
      File.rename(contents, DIRECTORY)
    end
  end
end
