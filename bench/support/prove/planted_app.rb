# frozen_string_literal: true

require "fileutils"
require_relative "../generated_app"
require_relative "../planted"
require_relative "../../../test/support/app_copy"

# The sample app with two gems more, of which it is known what they hold.
module PlantedApp
  HOLDS = {"ballast" => 2_000_000, "litter" => 0}.freeze
  CODE = {
    "ballast" => "BALLAST = Array.new(20) { 'x' * 100_000 }.freeze\n",
    "litter" => "module Litter\nend\n100.times { 'x' * 100_000 }\n100_000.times { Object.new }\n"
  }.freeze

  # @return [ShowcaseMemtrim::Experiment::Workspace]
  def self.workspace
    directory = File.join(GeneratedApp::ROOT, "tmp/bench/ruby-#{AppCopy::RUBY}/planted")
    ShowcaseMemtrim::Experiment::Workspace.open(app: prepare(directory)).tap { |workspace| at_exit { workspace.close } }
  end

  def self.prepare(directory)
    FileUtils.rm_rf(directory)
    FileUtils.mkdir_p(File.dirname(directory))
    FileUtils.cp_r(AppCopy.prepare("tenant"), directory)
    CODE.each { |name, code| Planted.plant(directory, name, code) }
    GeneratedApp.bundle(directory)
  end
end
