# frozen_string_literal: true

# The first file of the Ruby that Launcher starts: Puma, with the load path that Bundler made, and without RubyGems.

$LOAD_PATH.replace(ENV.delete("MEMTRIM_CABLE_LOAD_PATH").split(File::PATH_SEPARATOR))
ENV.delete("MEMTRIM_CABLE_UNDO").each_line(chomp: true) do |line|
  name, value = line.split("=", 2)
  ENV[name] = value
end
Process.setrlimit(Process::RLIMIT_STACK, ENV.delete("MEMTRIM_CABLE_STACK").to_i, Process.getrlimit(Process::RLIMIT_STACK).last)

require "rbconfig"
require_relative "without_rubygems"
require "puma/cli"
begin
  Puma::CLI.new(ARGV).run
rescue => error
  raise unless defined?(ShowcaseMemtrim::Cable::NotLoaded) && [ShowcaseMemtrim::Error, ShowcaseMemtrim::Cable::NotLoaded].any? { |kind| kind === error }
  exit 1 # Puma has said why
end
