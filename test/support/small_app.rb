# frozen_string_literal: true

require "fileutils"
require "tmpdir"
require_relative "app_copy"

# An app that boots in a moment, with the gems of a sample app: config/environment.rb is whatever a test needs.
module SmallApp
  # @param files [Hash] contents by path, besides or in place of the app's own
  # @yield [directory]
  def self.with(files = {})
    Dir.mktmpdir("small_app") do |dir|
      app = File.join(File.realpath(dir), "app")
      bundled = AppCopy.prepare("api")
      FileUtils.mkdir_p(File.join(app, ".bundle"))
      FileUtils.cp(File.join(bundled, ".bundle/config"), File.join(app, ".bundle/config"))
      {"Gemfile" => "", "config/environment.rb" => "puts :booted", **files}.each do |path, content|
        next if content.nil?
        FileUtils.mkdir_p(File.dirname(File.join(app, path)))
        File.write(File.join(app, path), content)
      end
      yield app
    end
  end
end
