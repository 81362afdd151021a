# frozen_string_literal: true

require "etc"
require "open3"

# The test files, each in a process of its own, as many at once as there are cores. What fails is run again when nothing runs
# beside it: tests of real boots and servers may fail for want of a core, and only what fails alone, too, is wrong for sure.
# What fails just once is told all the same.
class TestFiles
  # Those that take longest begin first, so that no core is left alone with one of them.
  SLOW = %w[trim prove unused recording defer trace cli railties assertions_in_apps tune settle].map { |name| "test/#{name}_test.rb" }.freeze
  TOTALS = /^(\d+) runs, (\d+) assertions, (\d+) failures, (\d+) errors, (\d+) skips$/
  FAILURES = /^  1\) (?:Failure|Error):.*?(?=^\d+ runs, )/m
  FAILED_TEST = /^ +\d+\) (?:Failure|Error):\n\S+#(\w+)/
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

  # @return [Boolean] whether all pass, at the latest when they are run alone
  def run
    Array.new(Etc.nprocessors) { Thread.new { work } }.each(&:join)
    @failed.sort.each { |file, output| puts "", "failed: #{file}", why(output) }
    verdicts = @failed.sort.map { |file, output| again(file, output) }
    puts "", "all files: #{@totals.zip(NAMES).map { |number, name| "#{number} #{name}" }.join(", ")}"
    verdicts.each { |name, passes| puts "#{name}: #{passes ? "failed beside other tests, passed alone" : "FAILED, alone too"}" }
    verdicts.all?(&:last)
  end

  private

  def work
    while (file = @waiting.pop)
      output, passes, seconds = test(file, *ENV["TESTOPTS"].to_s.split)
      @lock.synchronize { tell(file, output, passes, seconds) }
    end
  end

  # A file that died before its closing line has failed, whatever it said.
  # @return [Array(String, Boolean, Float)] what it said, whether all pass, the seconds that it took
  def test(file, *options)
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    output, status = Open3.capture2e(RbConfig.ruby, "-Ilib", "-Itest", file, *options)
    [output, status.success? && output.match?(TOTALS), Process.clock_gettime(Process::CLOCK_MONOTONIC) - started]
  end

  def tell(file, output, passes, seconds)
    puts "== #{file} (#{seconds.round} s)", output
    $stdout.flush
    totals = output.scan(TOTALS).last&.map(&:to_i)
    @totals = @totals.zip(totals).map(&:sum) if totals
    @failed[file] = output unless passes
  end

  # @return [Array(String, Boolean)] what was run again, and whether it passes
  def again(file, output)
    names = output.scan(FAILED_TEST).flatten
    said, passes, seconds = test(file, *(names.any? ? ["-n", "/\\A(#{names.join("|")})\\z/"] : ENV["TESTOPTS"].to_s.split))
    puts "", "== #{file}, what failed, alone (#{seconds.round} s)", said
    ["#{file} #{names.join(" ")}".strip, passes]
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
