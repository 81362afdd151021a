# frozen_string_literal: true

require_relative "../http_load"
require_relative "parallel"
require_relative "trial"

module ShowcaseMemtrim
  module Experiment
    # Two variants that serve at the same time, each request to one followed by the same to the other. What else the machine
    # does makes all code slower for a second or a minute, by up to a half: here it falls on both, and CPU and latencies can be
    # compared, which those of trials one after the other can't.
    class SideBySide
      # @param variants [Array<Variant>] two
      # @param workload [Workload] that serves
      # @param options [Hash] of both trials, as Trial takes them
      def initialize(workspace, variants, workload:, **options)
        @workload = workload
        @servers = {}
        @lock = Mutex.new
        @change = ConditionVariable.new
        @trials = variants.each_with_index.map { |variant, index| Trial.new(workspace, variant, workload: workload, load: ->(server) { load(index, server) }, **options) }
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
      # @return [Array<Float>] seconds of each answer of this one
      # @raise [Error] when one of its own requests failed
      def load(index, server)
        @lock.synchronize do
          arrive(index, server)
          @change.wait(@lock) until @servers.size == 2
          raise Trial::Alone if @servers.value?(nil)
          @load ||= requests
        end
        raise @failed.fetch(:error) if @failed && @failed[:index] == index
        raise Trial::Alone if @failed
        @load.seconds(server.fetch(:port))
      end

      # @param server [Hash, nil] nil: it has ended
      def arrive(index, server)
        @servers[index] = server unless @servers.key?(index)
        @change.broadcast
      end

      def requests
        first = @servers.fetch(0)
        load = HttpLoad.new(paths: first.fetch(:paths), count: @workload.count, concurrency: 2 * @workload.clients(first.fetch(:own_threads)))
        load.run("127.0.0.1", *[0, 1].map { |index| @servers.fetch(index).fetch(:port) })
        load
      rescue HttpLoad::Failed => error
        @failed = {index: [0, 1].find { |index| @servers.fetch(index).fetch(:port) == error.port }, error: error}
        load
      end
    end
  end
end
