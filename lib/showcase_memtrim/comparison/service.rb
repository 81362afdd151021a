# frozen_string_literal: true

require "socket"
require_relative "../clock"
require_relative "../environment"
require_relative "../process_tree"

module ShowcaseMemtrim
  class Comparison
    # A service while it runs: its processes, and the port that it was told to listen on.
    class Service
      HOSTS = %w[127.0.0.1 ::1].freeze
      QUIET_SECONDS = 2
      # CPU time in those seconds of a service at rest: a worker that polls its queue is never all still.
      QUIET_CPU_SECONDS = 0.1
      LAST_LINES = 20

      class << self
        # Runs a command with a free port as PORT, in the environment as it was before any Bundler.
        #
        # @param command [String] for the shell
        # @param app [String] where it runs
        # @param env [String] RAILS_ENV
        # @yield [Service] whose processes are gone afterwards
        # @return what the block gives
        def run(command, app:, env:)
          port = free_port
          variables = Environment.before_bundler.merge(Environment.of_rails(env), "PORT" => port.to_s)
          ProcessTree.start(command, env: variables, chdir: app) { |tree| yield new(tree, port) }
        end

        private

        # One that was not given before: a server that still ends may hold the last one.
        def free_port
          @given ||= []
          port = TCPServer.open(HOSTS.first, 0) { |server| server.addr[1] }
          return free_port if @given.include?(port)
          @given << port
          port
        end
      end

      # @return [Integer]
      attr_reader :port

      # @return [String, nil] where it listens; nil when it does not
      attr_reader :host

      # @private see {run}
      def initialize(tree, port)
        @tree = tree
        @port = port
        @started = Clock.now
      end

      # Waits until it listens on its port, or, unless it has to, is at rest.
      #
      # @param timeout [Numeric] seconds
      # @param must_listen [Boolean] whether it is no good without its port
      # @return [Float] seconds from its start until then
      # @raise [Error] when it ends before, or takes longer
      def wait_until_ready(timeout:, must_listen:)
        at_rest = AtRest.new(@tree, Clock.now)
        loop do
          return Clock.now - @started if (@host = HOSTS.find { |host| listening?(host) })
          check_alive("before it was ready")
          rest_since = at_rest.since(Clock.now)
          return rest_since - @started if rest_since && !must_listen
          raise Error, too_late(timeout, must_listen) if Clock.now - @started > timeout
          sleep 0.05
        end
      end

      # @param moment [String] for the message
      # @raise [Error] when none of its processes lives
      def check_alive(moment)
        return if @tree.alive?
        status = @tree.status
        how = if status&.signaled? then "was killed by SIG#{Signal.signame(status.termsig)}"
        elsif status then "ended with status #{status.exitstatus}"
        else "ended"
        end
        raise Error, "#{how} #{moment}"
      end

      # @return [Hash] as {ProcessTree#usage}
      def usage
        @tree.usage
      end

      # @return [Array<String>] the last of what it printed, safe to print again
      def last_lines
        @tree.output.lines(chomp: true).last(LAST_LINES).map { |line| line.gsub(/\e\[[\d;]*m/, "").gsub(/[^[:print:]\t]/, "?") }
      end

      private

      def listening?(host)
        Socket.tcp(host, port, connect_timeout: 1, &:close)
        true
      rescue SystemCallError
        false
      end

      def too_late(timeout, must_listen)
        waited = "within #{timeout.to_i} s; --ready-timeout gives it more"
        return "did not listen on port #{port} #{waited} (does it use $PORT?)" if must_listen
        "neither listened on port #{port} nor came to rest #{waited}"
      end

      # Tells since when the processes of a tree are the same and hardly use the CPU.
      class AtRest
        def initialize(tree, start)
          @tree = tree
          begin_at(start, nil, 0)
        end

        # @return [Numeric, nil] nil when it is not long enough yet
        def since(now)
          processes = @tree.processes
          pids = processes.map { |process| process[:pid] }
          cpu_seconds = processes.sum { |process| process[:cpu_seconds] }
          begin_at(now, pids, cpu_seconds) if pids != @pids || cpu_seconds - @cpu_seconds > QUIET_CPU_SECONDS
          @begin if now - @begin >= QUIET_SECONDS
        end

        private

        def begin_at(now, pids, cpu_seconds)
          @begin, @pids, @cpu_seconds = now, pids, cpu_seconds
        end
      end
      private_constant :AtRest
    end
  end
end
