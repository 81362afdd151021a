# frozen_string_literal: true

require "rbconfig"
require "socket"
require "timeout"
require_relative "../clock"
require_relative "../environment"
require_relative "../http_load"
require_relative "../subprocess"
require_relative "workload"

module ShowcaseMemtrim
  module Experiment
    # One fresh process of a variant: started, loaded, measured, ended. However the app behaves, it has an end in
    # bounded time, and nothing of it is left.
    class Trial
      # Raised by a load: what it is compared with has failed, so there is nothing to tell of this one.
      class Alone < Error; end

      # What a load tells. seconds: of each answer, from here. answer: of the measured process, cpu_seconds: of the process for
      # cpu_requests of the requests; nil where it took no notice: then it is measured after all of them, and CPU is of all.
      Served = Struct.new(:seconds, :answer, :cpu_seconds, :cpu_requests, keyword_init: true)

      CHILD = File.join(__dir__, "child.rb")
      COUNTER = File.expand_path("../memtrim_alloc.so", __dir__)
      # Seconds for a boot of which nothing is known yet.
      TIMEOUT = 120

      # @param workspace [Workspace] where the app is
      # @param counted [Boolean] true: held bytes, by the allocation counter; false: resident memory, without it
      # @param seed [Integer, nil] of the jitter; nil: none
      # @param details [Array<Symbol>] :inventory, :loaded, :shape, :railties, :guarded: more than figures
      # @param env [String] RAILS_ENV
      # @param timeout [Numeric] seconds for the boot, and again for the requests
      # @param load [#call, nil] makes the requests in place of what the workload says: gets the server, and what
      #   asks its process: for "measure" (its answer), for "cpu" (seconds until now); returns Served, or raises
      def initialize(workspace, variant, counted:, seed: nil, details: [], env: "production", workload: Workload.new, timeout: TIMEOUT, load: nil)
        @workspace = variant.workspace || workspace
        @variant = variant
        @counted = counted
        @seed = seed
        @details = details
        @env = env
        @workload = workload
        @timeout = timeout
        @load = load || method(:request)
      end

      # @return [Hash] counted, and either figures (bytes, seconds, counts by name) and details, or error and line; server
      #   (threads, paths), where it served requests
      def run
        {counted: @counted}.merge(result)
      end

      private

      def result
        ours, theirs = UNIXSocket.pair
        process = Subprocess.start(command, env: environment(theirs), chdir: @workspace.directory, keep: theirs, stack: @variant.stack)
        theirs.close
        talk(process, ours)
      ensure
        process&.stop
        [ours, theirs].each { |socket| socket&.close }
      end

      def command
        return [@variant.command] if @variant.command
        [RbConfig.ruby, "-r", CHILD, "-e", "ShowcaseMemtrim::Experiment::Child.start.run"]
      end

      def environment(channel)
        variables = Environment.before_bundler.merge(Environment.of_rails(@env)).merge(@workspace.variables).merge(@variant.variables)
        before = variables.fetch("LD_PRELOAD", "").to_s
        preload = [*(COUNTER if @counted), *@variant.preload, *before.split(":")].join(":")
        variables["RUBYOPT"] = "-r#{CHILD} #{variables["RUBYOPT"]}".strip if @variant.command
        variables.merge(
          "LD_PRELOAD" => preload.empty? ? nil : preload,
          (@variant.command ? "MEMTRIM_TRIAL_OF_PROGRAM" : "MEMTRIM_TRIAL") => [Marshal.dump(task(channel, before))].pack("m0")
        )
      end

      def task(channel, preload)
        {
          channel: channel.fileno, preload: preload, started: Clock.now, seed: @seed, counted: @counted, details: @details,
          command: @variant.command, leave_out: @variant.leave_out, traced: @variant.traced, settings: @variant.settings, threads: @variant.threads, after: @workload.after, paths: @workload.paths
        }
      end

      def talk(process, channel)
        answer = hear(process, channel, @timeout)
        return answer unless answer.key?(:server)
        server = answer.fetch(:server)
        served = @load.call(server, ->(wanted) { ask(process, channel, wanted) })
        sleep @workload.idle_seconds
        answer = served.answer || ask(process, channel, "measure")
        channel.close_write # nothing more is wanted: it ends by itself, not by a signal that the app may handle
        process.wait
        with_answers(answer, server, served)
      rescue Alone
        {alone: true}
      rescue Error => error
        (ended(process, "while it served requests") if gone?(process)) || {error: error.message}
      end

      # @return [Hash] as #hear
      def ask(process, channel, wanted)
        channel.puts wanted
        hear(process, channel, @timeout)
      rescue SystemCallError # it has gone, and closed its end
        ended(process, "while it served requests")
      end

      # A request may fail because the process has died, which takes a moment to be seen.
      def gone?(process)
        deadline = Clock.now + 0.5
        sleep 0.02 while process.alive? && Clock.now < deadline
        !process.alive?
      end

      # The process's next message, or what became of it instead.
      def hear(process, channel, seconds)
        deadline = Clock.now + seconds
        until channel.wait_readable(0.02)
          return ended(process) unless channel.wait_readable(0) || process.alive?
          return too_slow(process, channel, seconds) if Clock.now > deadline
        end
        understand(line_of(channel)) || ended(process)
      end

      # @return [String, nil] nil: it broke off, and a child of its own keeps the socket open
      def line_of(channel)
        Timeout.timeout(Subprocess::GRACE) { channel.gets }
      rescue Timeout::Error
        nil
      end

      # @return [Hash, nil] nil: it ended before it had said all
      def understand(line)
        return unless line&.end_with?("\n")
        answer = Marshal.load(line.unpack1("m")) # from our own child
        answer[:line] &&= @workspace.original(answer[:line])
        answer[:error] &&= answer[:error].dup.force_encoding(Encoding::UTF_8).scrub.gsub("#{@workspace.directory}/", "").gsub(/:0x\h{8,}/, "")
        answer.compact
      end

      def ended(process, moment = "before #{@variant.command ? "it could be measured" : "the app was booted"}")
        status = process.wait
        how = status.signaled? ? "was killed by SIG#{Signal.signame(status.termsig)}" : "ended with status #{status.exitstatus}"
        {error: "the process #{how} #{moment}#{last_words(process)}"}
      end

      # Whoever is asked to end says where it is; who does not listen is killed.
      def too_slow(process, channel, seconds)
        process.ask_to_end
        where = understand(channel.wait_readable(Subprocess::GRACE) && line_of(channel))&.dig(:line)
        {error: "not #{@variant.command ? "done" : "booted"} within #{seconds.round} s, and stopped#{last_words(process)}", line: where}.compact
      end

      def last_words(process)
        words = process.output.lines.map(&:strip).reject(&:empty?).last
        words ? "; its last line: #{words[0, 200]}" : ""
      end

      # @return [Served]
      # @raise [Error] at the first request that fails
      def request(server, _ask)
        load = HttpLoad.new(paths: server.fetch(:paths), count: @workload.count, concurrency: @workload.clients(server.fetch(:own_threads)))
        load.run("127.0.0.1", server.fetch(:port))
        Served.new(seconds: load.seconds(server.fetch(:port)))
      end

      # Besides what the process knows of itself: how its answers were, seen from here. requests: those that its CPU is of.
      def with_answers(answer, server, served)
        return answer unless answer.key?(:figures)
        sorted = served.seconds.sort
        cpu = {requests: served.cpu_requests || sorted.size, request_cpu_seconds: served.cpu_seconds}.compact
        answer[:figures].merge!(cpu, p50_seconds: percentile(sorted, 50), p99_seconds: percentile(sorted, 99))
        answer.merge(server: server.slice(:threads, :paths))
      end

      # Of the nearest rank: one of the measured values.
      def percentile(sorted, percent)
        sorted[(sorted.size * percent / 100.0).ceil.clamp(1..) - 1]
      end
    end
  end
end
