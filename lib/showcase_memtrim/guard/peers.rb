# frozen_string_literal: true

require "digest"
require "json"

module ShowcaseMemtrim
  module Guard
    # The processes that parallel_tests has started for one run. None of them has started the others, so the last to end
    # tidies up.
    class Peers
      # @param environment [#[]] in which parallel_tests names the file with the numbers of its processes
      # @return [Peers, nil] nil: this is none of its processes
      def self.from(environment = ENV)
        file = environment["PARALLEL_PID_FILE"].to_s
        new(file) if !environment["TEST_ENV_NUMBER"].nil? && File.file?(file)
      end

      # @param file [String] of one run: a temporary file of its own
      def initialize(file)
        @file = file
        @id = Digest::SHA256.hexdigest("#{File.realpath(file)} #{File.stat(file).ino}")[0, 12]
      end

      # @return [String] the same in all of them, and in no other run
      attr_reader :id

      # Notes that this process ends. One process at a time.
      #
      # @param directory [String] of the run
      # @return [Boolean] whether it was the last
      def last?(directory)
        mine = listed & lineage
        mine.each { |pid| File.write(File.join(directory, "ended-#{pid}"), "") }
        (listed - mine).none? { |pid| !File.exist?(File.join(directory, "ended-#{pid}")) && alive?(pid) }
      end

      private

      def listed
        Array(JSON.parse(File.read(@file))).grep(Integer)
      rescue SystemCallError, JSON::ParserError
        [] # the run is over
      end

      # This process and those that have started it: a shell may stand between.
      def lineage
        pids = [Process.pid]
        while (parent = parent_of(pids.last)) && parent > 1
          pids << parent
        end
        pids
      end

      def parent_of(pid)
        return Process.ppid if pid == Process.pid
        File.read("/proc/#{pid}/stat")[/\) \S (\d+)/, 1]&.to_i
      rescue SystemCallError
        nil
      end

      def alive?(pid)
        Process.kill(0, pid) && true
      rescue Errno::ESRCH
        false
      rescue Errno::EPERM
        true
      end
    end
  end
end
