# frozen_string_literal: true

require "stringio"
require "showcase_memtrim"
require_relative "memtrim"

# Runs `memtrim` in the tests' own process: quick, for what boots nothing.
module MemtrimHere
  Status = Struct.new(:exitstatus) do
    def success?
      exitstatus.zero?
    end
  end

  module_function

  # @return [Memtrim::Result] of `memtrim ARGUMENTS`
  def run(*arguments)
    out, err = StringIO.new, StringIO.new
    status = ShowcaseMemtrim::CLI.run(arguments, out: out, err: err)
    Memtrim::Result.new(out.string, err.string, Status.new(status))
  end
end
