# frozen_string_literal: true

require "etc"
require "open3"

# The test files, each in a process of its own, as many at once as there are cores.
class TestFiles
  # Those that take longest begin first, so that no core is left alone with one of them.
  SLOW = %w[trim prove unused recording defer trace cli railties assertions_in_apps tune settle].map { |name| "test/#{name}_test.rb" }.freeze
  TOTALS = /^(\d+) runs, (\d+) assertions, (\d+) failures, (\d+) errors, (\d+) skips$/
  FAILURES = /^  1\) (?:Failure|Error):.*?(?=^\d+ runs, )/m
  NAMES = %w[runs assertions failures errors skips].freeze

  # @param files [Array<String>]
  def initialize(files)
    @waiting = Queue.new
    (files & SLOW).sort_by { |file| SLOW.index(file) }.concat(files - SLOW).each { |file| @waiting << file }
    @waiting.close
    @lock = Mutex.new
    @totals = [0] * NAMES.size
    @failed = {}
  end

  # @return [Boolean] whether all pass
  def run
    Array.new(Etc.nprocessors) { Thread.new { work } }.each(&:join)
    puts "", "all files: #{@totals.zip(NAMES).map { |number, name| "#{number} #{name}" }.join(", ")}"
    @failed.sort.each { |file, output| puts "", "failed: #{file}", why(output) }
    @failed.empty?
  end

  private

  def work
    while (file = @waiting.pop)
      started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      output, status = Open3.capture2e(RbConfig.ruby, "-Ilib", "-Itest", file, *ENV["TESTOPTS"].to_s.split)
      seconds = Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
      @lock.synchronize { tell(file, output, status, seconds) }
    end
  end

  # A file that died before its closing line has failed, whatever it said.
  def tell(file, output, status, seconds)
    puts "== #{file} (#{seconds.round} s)", output
    $stdout.flush
    totals = output.scan(TOTALS).last&.map(&:to_i)
    @totals = @totals.zip(totals).map(&:sum) if totals
    @failed[file] = output unless status.success? && totals
  end

  # What Minitest says of each failure, told again where all the rest has been told; else how the file died.
  def why(output)
    output[FAILURES] || output.lines.last(20).join
  end
end

desc "Run the tests (TEST=test/cli_test.rb TESTOPTS=\"-n /explain/\")"
task test: :compile do
  files = ENV["TEST"] ? FileList[ENV["TEST"]] : FileList["test/**/*_test.rb"].exclude("test/apps/**/*")
  abort "tests failed" unless TestFiles.new(files.to_a).run
end
