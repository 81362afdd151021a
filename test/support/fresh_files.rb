# frozen_string_literal: true

require_relative "app_copy"

# The files of `rails new` as it is, without a bundle: for what reads an app and does not boot it. Made once for one Ruby
# and one Rails.
class FreshFiles < AppCopy
  NAME = "fresh_files"

  class << self
    # @return [String] its directory
    def prepare(rails: rails_versions.last)
      new(rails: rails).prepare
    end
  end

  def initialize(rails:)
    super("tenant", rails: rails) # whose bundle has that Rails
    @generator = directory
    @directory = File.join(File.dirname(directory), NAME)
  end

  def prepare
    AppCopy.prepare("tenant", rails: @rails)
    alone { generate unless stamped?("generated", fingerprint) }
    directory
  end

  private

  # From outside of the other app: within, `rails` would be that app's.
  def generate
    FileUtils.rm_rf(directory)
    command = ["ruby", "-rbundler/setup", "-e", 'Dir.chdir(".."); require "rails/cli"', "new", directory, "--skip-bundle", "--skip-git"]
    output = Bundler.with_unbundled_env { IO.popen({"RAILS_ENV" => nil}, command, chdir: @generator, err: %i[child out], &:read) }
    raise Error, "rails new failed in #{directory}:\n#{output}" unless $?.success? && File.exist?(File.join(directory, "config/application.rb"))
    FileUtils.cp(File.join(@generator, "Gemfile.lock"), directory)
    write_stamp("generated", fingerprint)
  end

  def fingerprint
    digest(RUBY_VERSION, @rails, directory, File.binread(__FILE__))
  end
end
