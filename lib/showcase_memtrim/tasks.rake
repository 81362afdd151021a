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

  desc "Judge gems and railties: what is unused, and what could wait for its first use (ALL=1 PROVE=1 FORMAT=json)"
  task(:unused) do
    given = {"ALL" => "--all", "PROVE" => "--prove"}.filter_map { |name, option| option if ENV.key?(name) }
    memtrim.call("unused", *given, "--app", Dir.pwd, *options.call)
  end

  desc "List the railties: listed, brought in, left out; and settings without effect (FORMAT=json)"
  task(:railties) { memtrim.call("railties", "--app", Dir.pwd, *options.call) }

  desc "Check the settings of the app and of what runs it (ENV_FILE=path, MEASURE=1, REQUESTS=/,/people, FORMAT=json)"
  task(:doctor) do
    given = {"ENV_FILE" => "--env-file", "REQUESTS" => "--requests"}.flat_map { |name, option| ENV.key?(name) ? [option, ENV[name]] : [] }
    memtrim.call("doctor", *given, *("--measure" if ENV.key?("MEASURE")), "--app", Dir.pwd, *options.call)
  end

  desc "Check whether Action Cable's channels can be served without the app, or write that server (WRITE=1 FORCE=1 FORMAT=json)"
  task(:cable) do
    given = {"WRITE" => "--write", "FORCE" => "--force"}.filter_map { |name, option| option if ENV.key?(name) }
    memtrim.call("cable", *given, "--app", Dir.pwd, *options.call)
  end

  desc "Record a boot to a file (default tmp/boot.memtrim)"
  task(:record, [:file]) { |_, arguments| memtrim.call("record", "--app", Dir.pwd, "-o", arguments[:file] || "tmp/boot.memtrim") }

  desc "Prove what leaving gems and railties out saves (memtrim:prove[name,name], FORMAT=json)"
  task(:prove) { |_, arguments| memtrim.call("prove", *arguments.extras, "--app", Dir.pwd, *options.call) }

  desc "Trim what the boot loads: show the edits, write them or take them back (CHECK='bin/rails test' WRITE=1 UNDO=1 FORMAT=json)"
  task(:trim) do
    given = {"WRITE" => "--write", "UNDO" => "--undo"}.filter_map { |name, option| option if ENV.key?(name) }
    memtrim.call("trim", *given, *(["--check", ENV["CHECK"]] if ENV.key?("CHECK")), "--app", Dir.pwd, *options.call)
  end

  desc "Search settings that make the server smaller (REQUESTS=/,/events MINUTES=10 FORMAT=json)"
  task(:tune) do
    given = {"REQUESTS" => "--requests", "MINUTES" => "--minutes"}.flat_map { |name, option| ENV.key?(name) ? [option, ENV[name]] : [] }
    memtrim.call("tune", *given, "--app", Dir.pwd, *options.call)
  end

  desc "Tell whether gems can be deferred (memtrim:defer[name,name]), or what is deferred (FORMAT=json)"
  task(:defer) { |_, arguments| memtrim.call("defer", *arguments.extras, "--app", Dir.pwd, *options.call) }

  desc "Show all processes of this machine, by tenant (TENANT_VARIABLE=RAILS_APP_DB TENANTS=10 WATCH=60 FORMAT=json or prometheus)"
  task(:fleet) do
    given = {"TENANT_VARIABLE" => "--tenant-variable", "TENANTS" => "--tenants", "WATCH" => "--watch"}.flat_map { |name, option| ENV.key?(name) ? [option, ENV[name]] : [] }
    memtrim.call("fleet", *given, *options.call)
  end

  desc "Hold a boot of production to its budget and its baseline (FORMAT=json, markdown or github)"
  task(:check) { memtrim.call("check", "--app", Dir.pwd, *options.call) }

  desc "Write memtrim.lock.json, with which memtrim:check compares (FORCE=1)"
  task(:baseline) { memtrim.call("baseline", "--app", Dir.pwd, *(["--force"] if ENV.key?("FORCE"))) }

  desc "Compare two git revisions or recordings: memtrim:diff[a,b]; without b: the working tree (FORMAT=json, markdown or github)"
  task(:diff, [:a, :b]) { |_, arguments| memtrim.call("diff", arguments[:a], arguments[:b], "--app", Dir.pwd, *options.call) }

  desc "Compare two ways to run the whole service: memtrim:compare[command,command]"
  task(:compare, [:a, :b]) { |_, arguments| memtrim.call("compare", "--a", arguments[:a].to_s, "--b", arguments[:b].to_s, "--app", Dir.pwd, *options.call) }
end
