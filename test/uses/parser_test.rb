# frozen_string_literal: true

require "open3"
require "rbconfig"
require_relative "app_with_files"

# The parsers are gems: which versions do, and what is said when one is not here.
class ParserTest < Minitest::Test
  include AppWithFiles

  LIB = File.expand_path("../../lib", __dir__)
  READ = "require 'showcase_memtrim/uses'; begin; ShowcaseMemtrim::Uses.read('.', []); rescue ShowcaseMemtrim::Error => e; puts e.message; end"

  # @return [String] what a process without Bundler prints, that finds gems in one directory
  def run_with(gems, *options)
    output, = Open3.capture2e({"GEM_PATH" => gems, "GEM_HOME" => gems, "RUBYOPT" => nil, "RUBYLIB" => nil, "BUNDLE_GEMFILE" => nil}, RbConfig.ruby, "-I#{LIB}", *options, "-e", READ)
    output.chomp
  end

  def test_without_prism
    Dir.mktmpdir do |empty|
      message = /\Asources are read with prism, which is not here: gem install prism --version '>= 1\.0, < 3', or with Bundler `bundle add prism`(?: \(this is 0\.[\d.]+\))?\z/
      Dir.chdir(empty) { assert_match message, run_with(empty) } # Ruby 3.3 has one of its own that is too old
    end
  end

  def test_a_prism_that_is_too_old
    with_files("prism.rb" => "module Prism; VERSION = '0.19.0'; def self.parse_success?; end; end") do |old|
      Dir.chdir(old) { assert_match(/\Asources are read with prism, .* \(this is 0\.19\.0\)\z/, run_with(old, "-I#{old}")) }
    end
  end

  def test_without_erubi
    with_files("prism.rb" => "module Prism; VERSION = '1.0.0'; def self.parse_success?; end; end") do |old|
      Dir.chdir(old) { assert_match(/\Asources are read with erubi, which is not here: gem install erubi/, run_with(old, "-I#{old}")) }
    end
  end
end
