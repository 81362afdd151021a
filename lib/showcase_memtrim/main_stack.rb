# frozen_string_literal: true

require "rbconfig"
require_relative "environment"

module ShowcaseMemtrim
  # How much of the main thread's stack Ruby touches when it starts, and the limit that keeps it small.
  #
  # Ruby reserves the main thread's stack up to its limit (RLIMIT_STACK), by an alloca of all of it and one write at its
  # end, so that nothing else is mapped there (thread_pthread.c, reserve_stack; without a limit it does not). gcc's
  # -fstack-clash-protection has the alloca write to each page on its way: so it is in Debian 13's libruby 3.3 (a loop over
  # pages in its machine code), and 8 MiB are anonymous memory for the usual limit. Debian 12's libruby 3.1 moves the stack
  # pointer at once, and one page is touched.
  module MainStack
    # Bytes: as much as Ruby gives to all other threads (vm_core.h, RUBY_VM_THREAD_MACHINE_STACK_SIZE: 128 × 1024 words). The
    # main thread then recurses as deep as they do; the boots of the sample apps, eager loading included, need less than
    # 96 KiB of it.
    LIMIT = 1 << 20
    # Bytes: where less is touched, less than 1 MiB would be saved.
    MUCH = 2 << 20
    PROGRAM = 'print File.read("/proc/self/smaps")[/\[stack\]$.*?^Anonymous:\s*(\d+) kB/m, 1]'

    module_function

    # Measured in a bare Ruby of our own, under our own limit.
    #
    # @param limit [Integer, nil] bytes, in place of our own
    # @return [Integer, nil] bytes; nil: it can't be told (elsewhere than on Linux)
    def touched_bytes(limit: nil)
      variables = Environment.before_bundler.merge("RUBYOPT" => nil)
      kilobytes = IO.popen(variables, [RbConfig.ruby, "--disable-gems", "-e", PROGRAM], err: File::NULL, **options(limit), &:read)
      Integer(kilobytes, exception: false)&.*(1024)
    rescue SystemCallError
      nil
    end

    # The soft limit alone: whoever needs more may raise it again.
    #
    # @param limit [Integer, nil] bytes; nil: our own
    # @return [Hash] for Process.spawn
    # @raise [Errno::EINVAL] in spawn, for more than {most}
    def options(limit)
      limit ? {rlimit_stack: [limit, Process.getrlimit(:STACK).last]} : {}
    end

    # @return [Integer] bytes: no process of ours can have a higher limit
    def most
      Process.getrlimit(:STACK).last
    end
  end
end
