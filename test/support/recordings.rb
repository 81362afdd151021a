# frozen_string_literal: true

require "json"
require "tmpdir"
require_relative "app_copy"
require_relative "memtrim"

# Recordings of the sample apps, each made once for all tests of a file, and gone when they end.
module Recordings
  DIRECTORY = Dir.mktmpdir("recordings")
  Minitest.after_run { FileUtils.rm_rf(DIRECTORY) }

  # @!attribute file   the recording
  # @!attribute report the JSON report, parsed
  # @!attribute result of the command that recorded
  Recorded = Struct.new(:file, :report, :result)

  class << self
    # @param app [String] of test/apps
    # @param number [Integer] 1, 2: recordings of the very same
    # @param options [Array<String>] of memtrim record
    # @return [Recorded]
    def of(app, rails: AppCopy.rails_versions.last, number: 1, options: [], env: {})
      @made ||= {}
      @made[[app, rails, number, options, env]] ||= record(AppCopy.prepare(app, rails: rails), options, env)
    end

    private

    def record(directory, options, env)
      file = File.join(DIRECTORY, "#{@made.size}.memtrim")
      warm_up(directory, env)
      result = Memtrim.run("record", "-o", file, "--app", directory, *options, env: env)
      raise "memtrim record failed:\n#{result.err}" unless result.status.success?
      Recorded.new(file, report(file), result)
    end

    # A boot with a cold bootsnap cache is another boot.
    def warm_up(directory, env)
      return unless File.read(File.join(directory, "config/boot.rb")).include?("bootsnap") && !env.key?("NO_BOOTSNAP")
      @warm ||= {}
      @warm[[directory, env]] ||= Memtrim.run("record", "-o", File.join(DIRECTORY, "warm"), "--light", "--app", directory, env: env)
    end

    def report(file)
      JSON.parse(Memtrim.run("report", "--no-verdicts", "--recording", file, "--format", "json").out)
    end
  end
end
