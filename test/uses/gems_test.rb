# frozen_string_literal: true

require_relative "app_with_files"

# Who of the gems names another one.
class UsesInGemsTest < Minitest::Test
  include AppWithFiles

  def in_gem(content, more = {})
    files = {"geo/lib/geo.rb" => "module Geo; end", "geo/lib/geo/ext.rb" => "Geo.a", "geo/lib/minitest/geo_plugin.rb" => "", "other/lib/other.rb" => content}.merge(more)
    with_files(files) do |directory|
      gems = {"geo" => ["#{directory}/geo/lib"], "other" => ["#{directory}/other/lib"], "gone" => ["#{directory}/gone/lib"]}
      offers = [offer("geo", %w[Geo Shared::GeoPart], directories: ["#{directory}/geo/lib"])]
      Uses.in_gems(gems, offers).map { |use| assert_equal ["geo", File.realpath(directory)], [use.name, use.file[%r{\A.*(?=/other/lib/)}]] and [use.gem, use.line, use.how] }
    end
  end

  def test_uses
    {
      "Geo.a" => :constant, "a if defined?(::Geo)" => :guard, "defined?(Geo::A)" => :guard, "require 'geo'" => :require, "begin\n require 'geo/ext'\nrescue LoadError\nend" => :require, "Object.const_defined?('Geo')" => :guard,
      "autoload :X, 'geo/ext'" => :require, "Object.const_get(:Geo)" => :string, "'Geo'.safe_constantize" => :string, "Gem.find_files('minitest/*_plugin.rb')" => :plugin, "Gem.find_latest_files(\"\#{x}/*_plugin.rb\")" => :plugin,
      "module Other\n class A < Geo::B; end\nend" => :constant, "Shared::GeoPart" => :constant, "gem 'geo'" => :require
    }.each { |content, how| assert_equal [["other", content.include?("\n") ? 2 : 1, how]], in_gem(content), content }
  end

  def test_what_is_none
    [
      "# Geo", "'see Geo'", "require 'geology'", "module Other\n class Geo; end\n def self.a = Geo\nend", "module Other\n A = Other::Geo\nend", "Shared", "GeoPart", "Gem.find_files('rdoc/discover')", "class (\nGeo", "\xFF Geo".b, ""
    ].each { |content| assert_equal [], in_gem(content), content }
    assert_equal [], in_gem("module Other\n def a = Geo.new\nend", "other/lib/other/geo.rb" => "module Other; class Geo; end; end")
  end
end
