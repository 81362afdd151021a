# frozen_string_literal: true

require_relative "clock"
require_relative "main_stack"
require_relative "tail"

module ShowcaseMemtrim
  # A process of ours in a group of its own, whose output is read and mostly forgotten, and which ends when we say so,
  # with all that it has started.
  class Subprocess
    # Bytes of output that are kept: the last ones.
    OUTPUT = 65_536
    # Seconds between asking a process to end and ending it.
    GRACE = 2

    class << self
      # @param command [Array<String>, String] a string goes to the shell
      # @param env [Hash{String => String, nil}] merged into ours
      # @param keep [IO, nil] stays open in the process, under its own number
      # @param stack [Integer, nil] bytes: the limit of its main thread's stack; nil: ours
      # @raise [SystemCallError] when it can't be started
      def start(command, env: {}, chdir: Dir.pwd, keep: nil, stack: nil)
        new(Array(command), env, chdir, keep, stack)
      end

      # From now on whatever leaves its group and loses its parent comes to us.
      #
      # @return [Boolean] false where that can't be had (elsewhere than on Linux)
      def adopt_orphans
        @strangers ||= descendants
        Processes.adopt_orphans
      end

      # Ends what came to us (see adopt_orphans). Only while nothing else of ours runs.
      def sweep
        return unless @strangers
        orphans = descendants - @strangers
        orphans.each { |pid| signal(:KILL, pid) }
        orphans.each { |pid| reap(pid) }
      end

      # @return [Boolean] false when there is no such process, or group, any more
      def signal(name, pid)
        Process.kill(name, pid) && true
      rescue Errno::ESRCH, Errno::EPERM
        false
      end

      private

      def descendants
        Processes.tree(Process.pid).drop(1).map { |process| process[:pid] }
      end

      def reap(pid)
        Process.wait(pid)
      rescue Errno::ECHILD
        nil # it was another one's child, and is that one's to reap
      end
    end

    # @return [Integer]
    attr_reader :pid
    # @return [Process::Status, nil] nil while it runs
    attr_reader :status

    def initialize(command, env, chdir, keep, stack)
      reader, writer = IO.pipe
      options = {chdir: chdir, pgroup: true, in: File::NULL, out: writer, err: writer, **MainStack.options(stack)}
      options[keep] = keep if keep
      @pid = Process.spawn(env, *command, options)
      @tail = Tail.new(reader, OUTPUT)
    ensure
      writer&.close
    end

    def alive?
      @status ||= Process.wait2(@pid, Process::WNOHANG)&.last
      @status.nil?
    end

    # Waits for it to end, and ends it where that takes longer than the grace.
    #
    # @return [Process::Status]
    def wait
      deadline = Clock.now + GRACE
      sleep 0.01 while alive? && Clock.now < deadline
      stop
      status
    end

    # @param ended [Boolean] all that could write has ended: what is on its way is waited for
    # @return [String] the last of what it has written, to stdout and stderr
    def output(ended: false)
      @tail.drain if ended
      @tail.to_s
    end

    def ask_to_end
      self.class.signal(:TERM, @pid)
    end

    # Returns when it has ended, and its group with it.
    def stop
      return if @stopped
      @stopped = true
      self.class.signal(:TERM, -@pid) if alive?
      deadline = Clock.now + GRACE
      sleep 0.02 while alive? && Clock.now < deadline
      self.class.signal(:KILL, -@pid)
      @status ||= Process.wait2(@pid).last
      @tail.close
    end
  end
end
