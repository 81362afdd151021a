# frozen_string_literal: true

require "json"
require "open3"

module FleetBench
  # What `memtrim fleet` says now, and what the kernel says, read here.
  class Reading
    # Bytes of all processes may have changed by this share while memtrim looked: else it looks again.
    QUIET = 0.001
    ATTEMPTS = 10

    # @return [Hash] of `memtrim fleet --format json` with more arguments; "pid" is memtrim's own
    def self.memtrim(variable, *arguments)
      Open3.popen2(RbConfig.ruby, MEMTRIM, "fleet", "--tenant-variable", variable, "--format", "json", *arguments) do |_, out, process|
        text = out.read
        raise "memtrim fleet #{arguments.join(" ")} failed" unless process.value.exitstatus < 2
        JSON.parse(text).merge("pid" => process.pid)
      end
    end

    # @return [Hash{Integer => Integer}] PSS in bytes by pid, of all processes that may be read
    def self.kernel
      Dir.children("/proc").grep(/\A\d+\z/).to_h do |pid|
        [Integer(pid), File.read("/proc/#{pid}/smaps_rollup")[/^Pss:\s+(\d+) kB/, 1].to_i * 1024]
      rescue SystemCallError
        [Integer(pid), 0] # gone, or another user's
      end
    end

    # @param stage [Stage] whose servers run
    def initialize(stage, variable)
      @shared = stage.shared # now: what has ended has no pid
      @variable = variable
      @fleet, @before, @after = quiet
      strangers = @fleet["tenants"].map { |tenant| tenant["name"] } - stage.names
      raise "others' processes have #{variable}, too: #{strangers.join(", ")}; --variable takes another one" if strangers.any?
      raise "memtrim fleet sees #{@fleet["tenants"].size} tenants of #{stage.names.size}" if @fleet["tenants"].size != stage.names.size
    end

    attr_reader :fleet

    # @return [Float] by which share PSS of all processes, as memtrim adds it up without its own, is off what the kernel's
    #   files said just before and after
    def off
      between = (@before.values.sum + @after.values.sum) / 2.0
      (@fleet.dig("totals", "all", "pss_bytes") - own) / between - 1
    end

    # @return [Float] the same of the bench's own servers, whatever else changes on the machine
    def off_servers
      list = @fleet["tenants"].flat_map { |tenant| tenant["services"] } + services
      kernel = list.flat_map { |service| service["members"] }.sum { |member| @after.fetch(member["pid"]) }
      list.sum { |service| service["pss_bytes"] }.fdiv(kernel) - 1
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

    # Between two readings that agree best.
    def quiet
      looks = []
      ATTEMPTS.times do
        looks << [self.class.kernel, self.class.memtrim(@variable), self.class.kernel].values_at(1, 0, 2)
        break if moved(looks.last) <= QUIET
        sleep 2
      end
      looks.min_by { |look| moved(look) }
    end

    def moved((_, before, after))
      changes = (before.keys | after.keys).sum { |pid| (after.fetch(pid, 0) - before.fetch(pid, 0)).abs }
      changes.fdiv(before.values.sum)
    end

    # memtrim looks at itself, too, which was not there before and after. What it shares with others, they had then.
    def own
      members = @fleet["shared"].flat_map { |service| service["members"] }
      members.find { |member| member["pid"] == @fleet["pid"] }.fetch("anon_bytes")
    end
  end
end
