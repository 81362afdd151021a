# frozen_string_literal: true

# The commands of `memtrim` as tasks of the app. The boots they measure are processes of their own, so no task
# loads the environment.
namespace :memtrim do
  memtrim = lambda do |*arguments|
    require "showcase_memtrim"
    status = ShowcaseMemtrim::CLI.run(arguments.compact)
    exit(status) unless status.zero?
  end
  options = -> { ENV.key?("FORMAT") ? ["--format", ENV["FORMAT"]] : [] }

  desc "Report the memory of a boot by railtie and by gem (FORMAT=json)"
  task(:report) { memtrim.call("report", "--app", Dir.pwd, *options.call) }

  desc "Explain what one gem or railtie costs and what keeps it in"
  task(:explain, [:name]) { |_, arguments| memtrim.call("explain", arguments[:name], "--app", Dir.pwd, *options.call) }

  desc "Record a boot to a file (default tmp/boot.memtrim)"
  task(:record, [:file]) { |_, arguments| memtrim.call("record", "--app", Dir.pwd, "-o", arguments[:file] || "tmp/boot.memtrim") }
end
