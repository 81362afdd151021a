# frozen_string_literal: true

require "fileutils"
require "json"
require "open3"
require_relative "../app_copy"

# The JavaScript that pages have, @rails/actioncable, and a WebSocket for Node, installed by npm once for each version.
class NodePackages
  # Node's own WebSocket, which newer ones have, sends no cookies.
  PACKAGES = {"@rails/actioncable" => "~7.2.0", "ws" => "^8.0.0"}.freeze
  WANTED = JSON.generate(private: true, dependencies: PACKAGES)
  DIRECTORY = File.join(AppCopy::ROOT, "tmp/node")
  MISSING = "no Node with npm here; mend it with: apt-get install nodejs npm"
  ATTEMPTS = 2

  # npm's words for a registry that can't be reached.
  UNREACHABLE = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT)\b/

  class << self
    def node?
      %w[node npm].all? { |name| ENV["PATH"].split(File::PATH_SEPARATOR).any? { |directory| File.executable?(File.join(directory, name)) } }
    end

    # @return [String, nil] a directory with node_modules; nil: the registry can't be reached
    # @raise [RuntimeError] when npm does not like it
    def prepare
      FileUtils.mkdir_p(DIRECTORY)
      File.open(File.join(DIRECTORY, "lock"), File::CREAT | File::RDWR) do |lock|
        lock.flock(File::LOCK_EX)
        DIRECTORY if installed == WANTED || install
      end
    end

    private

    def installed
      File.read(File.join(DIRECTORY, "installed"))
    rescue Errno::ENOENT
      nil
    end

    def install
      File.write(File.join(DIRECTORY, "package.json"), WANTED)
      output = nil
      ATTEMPTS.times do
        output, status = Open3.capture2e("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", chdir: DIRECTORY)
        return File.write(File.join(DIRECTORY, "installed"), WANTED) if status.success?
      end
      output.match?(UNREACHABLE) ? nil : raise("npm install failed in #{DIRECTORY}:\n#{output}")
    end
  end
end
