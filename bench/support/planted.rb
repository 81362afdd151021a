# frozen_string_literal: true

require "fileutils"

# Gems that are written into a bench's app.
module Planted
  # @param code [String] of lib/NAME.rb
  def self.plant(directory, name, code)
    gem = File.join(directory, "vendor/gems", name)
    FileUtils.mkdir_p(File.join(gem, "lib"))
    File.write(File.join(gem, "lib/#{name}.rb"), code)
    File.write(File.join(gem, "#{name}.gemspec"), <<~RUBY)
      Gem::Specification.new do |spec|
        spec.name = "#{name}"
        spec.version = "1.0"
        spec.authors = ["bench"]
        spec.summary = "planted"
        spec.files = ["lib/#{name}.rb"]
      end
    RUBY
    File.write(File.join(directory, "Gemfile"), %(\ngem "#{name}", path: "vendor/gems/#{name}"\n), mode: "a")
  end
end
