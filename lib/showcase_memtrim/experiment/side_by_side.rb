# frozen_string_literal: true

require_relative "../http_load"
require_relative "parallel"
require_relative "trial"

module ShowcaseMemtrim
  module Experiment
    # Two variants that serve at the same time, each request to one followed by the same to the other. What else the machine
    # does makes all code slower for a second or a minute, by up to a half: here it falls on both, and CPU and latencies can be
    # compared, which those of trials one after the other can't.
    #
    # The requests are made on all threads at once: memory, and latencies, are of that. Then they are made again, one at a
    # time. CPU is of both: of the first ones alone it is uncertain, since threads that share cores slow each other down by
    # chance; of the second ones alone it would be without what a small heap costs until it has grown.
    class SideBySide
      # @param variants [Array<Variant>] two
      # @param workload [Workload] that serves
      # @param options [Hash] of both trials, as Trial takes them
      def initialize(workspace, variants, workload:, **options)
        @workload = workload
        @servers = {}
        @lock = Mutex.new
        @change = ConditionVariable.new
        @trials = variants.each_with_index.map { |variant, index| Trial.new(workspace, variant, workload: workload, load: ->(server, ask) { load(index, server.merge(ask: ask)) }, **options) }
      end

      # @return [Array<Hash, nil>] of each as Trial#run gives it; nil: nothing is known of it, since the other one failed
      def run
        Parallel.map([0, 1], jobs: 2) do |index|
          @trials[index].run.then { |trial| trial unless trial[:alone] }
        ensure
          @lock.synchronize { arrive(index, nil) }
        end
      end

      private

      # Waits until both serve; the second one makes the requests.
      #
      # @return [Trial::Served] by this one
      # @raise [Error] when one of its own requests failed
      def load(index, server)
        @lock.synchronize do
          arrive(index, server)
          @change.wait(@lock) until @servers.size == 2
          raise Trial::Alone if @servers.value?(nil)
          @served ||= requests
        end
        raise @failed.fetch(:error) if @failed && @failed[:index] == index
        raise Trial::Alone if @failed
        @served.fetch(index)
      end

      # @param server [Hash, nil] nil: it has ended
      def arrive(index, server)
        @servers[index] = server unless @servers.key?(index)
        @change.broadcast
      end

      # @return [Array<Trial::Served>] by each; none where one failed
      def requests
        at_once, cpu_at_once = load_of(2 * @workload.clients(servers.first.fetch(:own_threads)))
        answers = ask("measure") { |answer| answer if answer.key?(:figures) }
        again, cpu_again = load_of(1)
        ports.each_with_index.map do |port, index|
          Trial::Served.new(
            seconds: at_once.seconds(port), answer: answers[index],
            cpu_seconds: cpu_at_once[index] + cpu_again[index], cpu_requests: at_once.seconds(port).size + again.seconds(port).size
          )
        end
      rescue HttpLoad::Failed => error
        @failed = {index: ports.index(error.port), error: error}
        []
      end

      # @return [Array(HttpLoad, Array<Float>)] and the seconds of CPU that each took for it
      def load_of(concurrency)
        before = cpu
        load = HttpLoad.new(paths: servers.first.fetch(:paths), count: @workload.count, concurrency: concurrency).tap { |made| made.run("127.0.0.1", *ports) }
        [load, cpu.zip(before).map { |now, since| now - since }]
      end

      def cpu
        ask("cpu") { |answer| answer[:cpu_seconds] }
      end

      # @yield [answer] of each; gives what was wanted of it, or nil
      # @return [Array] of each, what was wanted
      # @raise [HttpLoad::Failed] by the one that has ended, or is stuck
      def ask(wanted)
        servers.map do |server|
          answer = server.fetch(:ask).call(wanted)
          yield(answer) or raise HttpLoad::Failed.new(server.fetch(:port), answer.fetch(:error))
        end
      end

      def ports
        servers.map { |server| server.fetch(:port) }
      end

      def servers
        @servers.fetch_values(0, 1)
      end
    end
  end
end
