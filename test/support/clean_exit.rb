# frozen_string_literal: true

require "tmpdir"
require_relative "memtrim"

# Asserts how memtrim fails: with one clear line, the right status, and nothing left behind.
module CleanExit
  # Runs `memtrim ARGUMENTS`, which must fail.
  #
  # @param says [Regexp] what its one line of its own says
  # @return [Memtrim::Result]
  def assert_fails(*arguments, says:, status: 2, **options)
    result = Memtrim.run(*arguments, **options)
    complaints = result.notes.reject { |line| line.start_with?("booting ", "starting ") }
    assert_equal 1, complaints.size, result.err
    assert_match says, complaints.first
    assert_equal status, result.status.exitstatus, result.err
    refute_match(/^\s+from |\.rb:\d+:in .*(showcase_memtrim|exe\/memtrim)/, result.err, "a backtrace of ours")
    result
  end

  # Yields a file to record to; afterwards there may be a recording, and nothing else, and no process.
  def in_a_clean_directory(leaves: [])
    Dir.mktmpdir("clean") do |dir|
      temporary = -> { Dir.children(Memtrim::TEMPORARY).grep(/\Amemtrim/) }
      before = temporary.call
      yield File.join(dir, "boot.memtrim")
      assert_equal leaves, Dir.children(dir)
      assert_empty temporary.call - before
      assert_no_process_knows(dir)
    end
  end

  # No process is left whose command line or environment names the directory.
  def assert_no_process_knows(text)
    left = Dir.glob("/proc/[0-9]*").reject { |proc| File.basename(proc).to_i == Process.pid }.select do |proc|
      %w[cmdline environ].any? { |file| File.binread(File.join(proc, file)).include?(text) }
    rescue SystemCallError
      false
    end
    assert_empty(left.map { |proc| File.read("#{proc}/cmdline").tr("\0", " ") })
  end
end
