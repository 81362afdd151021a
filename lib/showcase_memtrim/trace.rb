# frozen_string_literal: true

require "json"
require "time"
require_relative "callers"
require_relative "native"

module ShowcaseMemtrim
  # The log of first uses: one line of JSON for each deferred gem when it is loaded (`MEMTRIM_TRACE=log/first_uses.jsonl
  # bin/rails server`). Processes may share a file.
  class Trace
    # @param path [String]
    # @param directory [String] the app's
    def initialize(path, directory:)
      @path = File.expand_path(path)
      @directory = directory
    end

    # @param use [DeferredGems::Use]
    def call(use)
      line = {
        time: use.time.iso8601(3), pid: Process.pid, gem: use.gem, constant: use.constant, caller: (Callers.describe(use.file, use.line, @directory) if use.file),
        seconds: use.seconds.round(4), bytes: use.bytes
      }
      File.open(@path, "a") { |file| file.syswrite("#{JSON.generate(line)}\n") }
    rescue SystemCallError => error
      warn "memtrim: MEMTRIM_TRACE: #{error.message.sub(/ @ .*? - /, " ")}; first uses are not logged" unless @failed
      @failed = true
    end
  end
end
