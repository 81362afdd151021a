# frozen_string_literal: true

require "open3"

# Prometheus' own checker.
module Promtool
  MISSING = "no promtool: bin/promtool has it, or name one in PROMTOOL"
  UNPACKED = File.expand_path("../../vendor/promtool/promtool", __dir__)

  module_function

  # @return [String, nil] the program; nothing is downloaded for it
  def path
    return ENV["PROMTOOL"] unless ENV["PROMTOOL"].to_s.empty?
    files = ENV["PATH"].split(File::PATH_SEPARATOR).map { |directory| File.join(directory, "promtool") }
    [*files, UNPACKED].find { |file| File.executable?(file) && !File.directory?(file) }
  end

  # @return [Array(String, Integer)] what it says, and its status
  def run(*arguments, input: "", chdir: ".")
    text, status = Open3.capture2e(path, *arguments, stdin_data: input, chdir: chdir)
    [text, status.exitstatus]
  end
end
