# frozen_string_literal: true

require "minitest/autorun"
require "tmpdir"
require "showcase_memtrim/verdicts/environment_guards"
require "showcase_memtrim/verdicts/load_effects"

# What a gem's files do while they are loaded that neither a boot nor a line of the app's shows.
class HiddenDeedsTest < Minitest::Test
  ASLEEP = {
    "a statement with a condition" => "Agent.start if ENV['KEY']",
    "with the variable's value" => "Agent.start(ENV['KEY']) if ENV.key?('KEY')",
    "a block" => "if ENV.key?('KEY')\n  Agent.start\nend",
    "the other branch" => "unless ENV['OFF']\n  Agent.start\nend\n",
    "else" => "if ENV['OFF']\n  1\nelse\n  Agent.start\nend",
    "and" => "ENV['KEY'] && Agent.start",
    "a file" => "require 'agent/railtie' if ENV['KEY']",
    "in a module" => "module Agent\n  start if ENV.fetch('KEY', nil)\nend"
  }.freeze

  AWAKE = {
    "a default" => "URL = ENV['URL'] || default_url",
    "a constant" => "DEBUG = ENV['DEBUG'] == '1'",
    "a choice of values" => "LEVEL = ENV['DEBUG'] ? :debug : :info",
    "a setting of its own" => "Agent.level = ENV['LEVEL'] unless ENV['LEVEL'].nil?",
    "in a method" => "def self.start\n  Agent.run if ENV['KEY']\nend",
    "another condition" => "Agent.start if defined?(Rails)",
    "no Ruby" => "if ENV['KEY'] ("
  }.freeze

  ASLEEP.each { |what, code| define_method(:"test_asleep_#{what}") { assert guard(code), code } }
  AWAKE.each { |what, code| define_method(:"test_awake_#{what}") { refute guard(code), code } }

  def test_where_it_is
    in_a_file("# x\n\nAgent.start if ENV['KEY']\n") { |file| assert_equal [file, 3], ShowcaseMemtrim::Verdicts::EnvironmentGuards.first(["/nowhere.rb", file]) }
  end

  EFFECTS = {
    "an entry in a registry" => "Other.register(:snow) { 1 }",
    "a setting" => "I18n.exception_handler = ->(*) { 'x' }",
    "a setting of a class" => "Other::Base.default = 1",
    "a setting of a setting" => "Other.config.default = 1",
    "an added setting" => "Other.list += [1]",
    "in a module" => "module Own\n  Other.register(self)\nend",
    "with a condition" => "Other.register(1) if defined?(Other)"
  }.freeze

  NONE = {
    "its own" => "Own.register(:snow)",
    "its own, in somebody else's namespace" => "Other::Own.register(1)",
    "a nested constant of its own" => "module Own\n  LIST = []\n  LIST.push(1)\nend",
    "a mixin, which a booted app shows" => "Other.include(Own)",
    "a hook, which a booted app shows" => "Other.on_load(:x) { }",
    "a type, which a booted app shows" => "Mime::Type.register('x', :x)",
    "translations, which a booted app shows" => "I18n.load_path += ['x']\nI18n.load_path << 'y'",
    "a value" => "X = Other.new(1)",
    "in a method" => "def self.start = Other.register(1)",
    "in a block" => "later { Other.register(1) }",
    "Ruby's library" => "JSON.parse('1')"
  }.freeze

  EFFECTS.each { |what, code| define_method(:"test_effect_#{what}") { assert effect(code), code } }
  NONE.each { |what, code| define_method(:"test_no_effect_#{what}") { refute effect(code), code } }

  private

  def guard(code)
    in_a_file(code) { |file| ShowcaseMemtrim::Verdicts::EnvironmentGuards.first([file]) }
  end

  def effect(code)
    in_a_file(code) { |file| ShowcaseMemtrim::Verdicts::LoadEffects.first([file], %w[Own Other::Own], %w[Other I18n Mime]) }
  end

  def in_a_file(code)
    Dir.mktmpdir do |directory|
      file = File.join(directory, "x.rb")
      File.write(file, code)
      yield file
    end
  end
end
