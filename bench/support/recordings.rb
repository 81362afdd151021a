# frozen_string_literal: true

require "json"
require "open3"
require "rbconfig"
require_relative "bench_app"

# Recordings of an app's boot and the figures that `memtrim report` gives for them.
class Recordings
  MEMTRIM = ENV.fetch("MEMTRIM_EXE") { File.join(BenchApp::ROOT, "bin/memtrim") }

  def initialize(app, directory)
    @app = app
    @directory = directory
  end

  # A recorded boot. The name is the file's.
  # @return [Boot::Outcome] with what it cost
  def record(name, light: false, preload: [], leave_out: nil)
    env = {"MEMTRIM_RECORD" => path(name), "MEMTRIM_END" => "boot", "MEMTRIM_BUNDLER" => "1"}
    env["LEAVE_OUT"] = leave_out.join(",") if leave_out
    unless light
      env["MEMTRIM_LD_PRELOAD"] = ""
      preload = [Boot::COUNTER, *preload]
    end
    @app.boot("recorded.rb", env: env, preload: preload).tap do |boot|
      raise "no recording of #{@app.name}:\n#{boot.output}" unless boot.ok? && File.exist?(path(name))
    end
  end

  # @return [Hash] as `memtrim report --format json` prints it
  def report(name)
    output, error, status = Open3.capture3(RbConfig.ruby, MEMTRIM, "report", "--no-verdicts", "--recording", path(name), "--format", "json")
    raise "memtrim report: #{error}" unless status.exitstatus < 2 && !output.empty?
    JSON.parse(output)
  end

  def path(name)
    File.join(@directory, "#{name}.memtrim")
  end
end
