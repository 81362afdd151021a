# frozen_string_literal: true

require "json"
require "open3"

module FleetBench
  # What `memtrim fleet` says now, and what the kernel says, read here.
  class Reading
    # The machine has changed too much while memtrim looked, when the sum has moved by more.
    QUIET = 0.002
    ATTEMPTS = 10

    # @return [Hash] of `memtrim fleet --format json` with more arguments
    def self.memtrim(*arguments)
      out, err, status = Open3.capture3(RbConfig.ruby, MEMTRIM, "fleet", "--tenant-variable", VARIABLE, "--format", "json", *arguments)
      raise "memtrim fleet #{arguments.join(" ")} failed: #{err}" unless status.exitstatus < 2
      JSON.parse(out)
    end

    # @return [Array<Integer>] bytes: PSS and RSS of all processes that may be read
    def self.kernel
      sums = Dir.children("/proc").grep(/\A\d+\z/).map do |pid|
        rollup = File.read("/proc/#{pid}/smaps_rollup")
        %w[Pss Rss].map { |field| rollup[/^#{field}:\s+(\d+) kB/, 1].to_i * 1024 }
      rescue SystemCallError
        [0, 0] # gone, or another user's
      end
      sums.transpose.map(&:sum)
    end

    # @param names [Array<String>] of the tenants that are this bench's
    # @param shared [Array<Integer>] pids of its other servers
    def initialize(names, shared)
      @names = names
      @shared = shared
      @fleet, @before, @after = quiet
      strangers = @fleet["tenants"].map { |tenant| tenant["name"] } - names
      raise "other processes with #{VARIABLE} run here, so the tenants are not the bench's alone: #{strangers.join(", ")}" if strangers.any?
      raise "memtrim fleet sees #{@fleet["tenants"].size} tenants of #{names.size}" if @fleet["tenants"].size != names.size
    end

    attr_reader :fleet

    # @return [Integer] bytes: PSS of all processes, as memtrim adds it up, without memtrim's own
    def added_up
      @fleet.dig("totals", "all", "pss_bytes") - own
    end

    # @return [Float] bytes: the same, by the kernel's files read here just before and after
    def by_the_kernel
      (@before + @after) / 2.0
    end

    # @return [Integer] bytes of the bench's own servers, tenants and all
    def total
      resident(@fleet.dig("totals", "tenants")) + shared_bytes
    end

    # @return [Integer] bytes of the cable server and Redis
    def shared_bytes
      services.sum { |service| resident(service) }
    end

    # @return [Integer] bytes: RSS of the bench's own servers, as `ps` has it
    def rss
      @fleet.dig("totals", "tenants", "rss_bytes") + services.sum { |service| service["rss_bytes"] }
    end

    private

    def resident(sums)
      sums["pss_bytes"] + sums["swap_bytes"]
    end

    def services
      @services ||= @fleet["shared"].select { |service| @shared.include?(service["pid"]) }.tap do |found|
        raise "memtrim fleet sees #{found.size} of the #{@shared.size} servers that all tenants share" if found.size != @shared.size
      end
    end

    # Between two readings that agree.
    def quiet
      ATTEMPTS.times do
        before, fleet, after = self.class.kernel.first, self.class.memtrim, self.class.kernel.first
        return [fleet, before, after] if (after - before).abs <= QUIET * before
        sleep 2
      end
      raise "memory on this machine moves too much for a comparison: end what else runs"
    end

    # memtrim looks at itself, too; it was not there before and after.
    def own
      mine = @fleet["shared"].select { |service| service["name"].start_with?("memtrim") && service["age_seconds"] < 30 }
      mine.sum { |service| service["pss_bytes"] }
    end
  end
end
