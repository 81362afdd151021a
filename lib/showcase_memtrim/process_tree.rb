# frozen_string_literal: true

require_relative "clock"
require_relative "native"
require_relative "subprocess"

module ShowcaseMemtrim
  # A shell command with all the processes that it starts: run, measured and ended as a whole, daemons included.
  #
  #   ProcessTree.start("bin/service", env: {"PORT" => "3001"}) do |tree|
  #     tree.usage[:pss_bytes]
  #   end
  #
  # One at a time in a process: what a daemon leaves behind does not tell whose it was. Processes that this process
  # starts meanwhile by other means must stay in its process group, as they do when nothing else is asked for.
  class ProcessTree
    GRACE = 5
    PATIENCE = 10 # for the kernel, after KILL
    FIGURES = %i[pss_bytes anon_bytes rss_bytes private_bytes].freeze
    SIGNALS = %w[INT TERM HUP QUIT].freeze

    class << self
      # Starts a command with no input, in a process group of its own.
      #
      # @param command [String] for /bin/sh
      # @param env [Hash{String => String, nil}] changes of this process's environment
      # @param chdir [String] where it runs
      # @yield [tree] which is stopped when the block is left
      # @return [ProcessTree, Object] to be stopped by the caller; with a block its value
      # @raise [Error] while another one runs, and off Linux
      def start(command, env: {}, chdir: Dir.pwd)
        raise Error, "a process tree runs already: #{@running.command}" if @running
        stop_at_exit
        tree = nil
        begin
          uninterrupted { tree = @running = new(command, env, chdir) }
          block_given? ? yield(tree) : tree
        ensure
          tree&.stop if block_given?
        end
      end

      # Keeps signals waiting, and lets them have their way afterwards.
      #
      # @yieldparam waiting [Proc] whether one waits
      def uninterrupted
        received = nil
        before = SIGNALS.to_h { |signal| [signal, Signal.trap(signal) { received = signal }] }
        yield -> { received }
      ensure
        before&.each { |signal, handler| Signal.trap(signal, handler || "DEFAULT") }
        Process.kill(received, Process.pid) if received
      end

      # @private
      def stopped
        @running = nil
      end

      private

      # For a signal that comes when no `ensure` has been reached yet. A forked child leaves its parent's tree alone.
      def stop_at_exit
        @at_exit ||= Process.pid.tap do |owner|
          at_exit { @running&.stop if Process.pid == owner }
        end
      end
    end

    # @return [String]
    attr_reader :command

    # @private see {start}
    def initialize(command, env, chdir)
      @command = command
      @strangers = Processes.tree(Process.pid).map { |process| process[:pid] }
      raise Error, "measuring processes needs Linux with /proc" if @strangers.empty? || !Processes.adopt_orphans
      @root = Subprocess.start(["/bin/sh", "-c", command], env: env, chdir: chdir)
      @pid = @root.pid
    end

    # @return [Process::Status, nil] how the command itself ended, as far as is known; what it left may live on
    def status
      @root.status
    end

    # Every living process of it.
    #
    # @return [Array<Hash>] as {Processes.tree} gives them
    def processes
      found = {}
      Processes.tree(Process.pid).each do |process|
        mine = (process[:ppid] == Process.pid) ? ours?(process[:pid]) : found.key?(process[:ppid])
        found[process[:pid]] = process if mine
      end
      dead, living = found.values.partition { |process| process[:state] == "Z" }
      dead.each { |process| reap(process[:pid]) if process[:ppid] == Process.pid }
      living
    end

    # @return [Boolean] whether any process of it lives
    def alive?
      processes.any?
    end

    # Sums over all its processes but the shell that only waits for the command; RSS counts what they share again and
    # again, PSS does not.
    #
    # @return [Hash] pss_bytes, anon_bytes, rss_bytes, private_bytes, threads, and processes: an Array of Hashes of
    #   the same figures with each one's command and pid; largest first
    # @raise [Error] when a living process can't be read
    def usage
      measured = processes.reject { |process| shell?(process) }.filter_map { |process| measure(process) }.sort_by { |process| -process[:pss_bytes] }
      sums = [*FIGURES, :threads].to_h { |name| [name, measured.sum { |process| process[name] }] }
      sums.merge(processes: measured)
    end

    # @return [String] the last of what it printed, stdout and stderr, at most {Subprocess::OUTPUT} bytes
    def output
      @root.output(ended: !alive?)
    end

    # Ends every process of it: TERM, a grace period, then KILL. A signal that comes meanwhile ends the grace period.
    #
    # @param grace [Numeric] seconds
    # @raise [Error] when a process can't be ended
    def stop(grace: GRACE)
      return if @stopped
      self.class.uninterrupted do |hurry|
        signal(:TERM)
        wait(grace) { hurry.call || !alive? }
        wait(PATIENCE) { signal(:KILL).zero? }
        @root.stop
        @stopped = true
        self.class.stopped
      end
      left = processes
      raise Error, "process #{left.first[:pid]} (#{left.first[:command]}) can't be ended" if left.any?
    end

    private

    # A child of this process that was started here, or that a dead member left to it.
    def ours?(pid)
      pid == @pid || (!@strangers.include?(pid) && Process.getpgid(pid) != Process.getpgrp)
    rescue Errno::ESRCH
      false
    end

    # Until it becomes the command itself, by `exec`.
    def shell?(process)
      process[:pid] == @pid && process[:command].start_with?("sh -c ")
    end

    def reap(pid)
      (pid == @pid) ? @root.alive? : Process.wait(pid, Process::WNOHANG)
    rescue Errno::ECHILD
      nil
    end

    def measure(process)
      usage = Processes.usage(process[:pid])
      return process.slice(:pid, :command, :threads).merge(usage) if usage
      return if Processes.tree(process[:pid]).none? { |other| other[:pid] == process[:pid] && other[:state] != "Z" }
      raise Error, "the memory of process #{process[:pid]} (#{process[:command]}) can't be read: it is another user's"
    end

    # @return [Integer] how many processes there were to get it
    def signal(name)
      living = processes
      inside, outside = living.partition { |process| group(process[:pid]) == @pid }
      # At once: a group has no time to start another process between two of its deaths.
      targets = (inside.any? ? [-@pid] : []) + outside.map { |process| process[:pid] }
      targets.each { |target| Subprocess.signal(name, target) }
      living.size
    end

    def group(pid)
      Process.getpgid(pid)
    rescue Errno::ESRCH
      nil
    end

    def wait(seconds)
      deadline = Clock.now + seconds
      sleep 0.02 until yield || Clock.now > deadline
    end
  end
end
