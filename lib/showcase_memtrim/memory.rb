# frozen_string_literal: true

require_relative "../showcase_memtrim"

module ShowcaseMemtrim
  # What this process used at one moment. Bytes by /proc/self/smaps_rollup, or status without PSS (proc(5)); slots by GC.stat.
  #
  # @!attribute [r] anon_bytes
  #   @return [Integer] anonymous memory, resident or swapped: what Ruby, its gems and the allocator hold
  # @!attribute [r] rss_bytes
  #   @return [Integer] all that is resident, files and what is shared among them
  # @!attribute [r] pss_bytes
  #   @return [Integer, nil] the same, but pages that several processes map are divided among them; nil where it was not asked for
  # @!attribute [r] swap_bytes
  #   @return [Integer] the part of anon that is swapped
  # @!attribute [r] held_slots
  #   @return [Integer] slots of Ruby's heap that objects are in, garbage that is not yet collected among them
  # @!attribute [r] free_slots
  #   @return [Integer] slots that wait for objects, as of the last collection's sweep so far
  Memory = Struct.new(:anon_bytes, :rss_bytes, :pss_bytes, :swap_bytes, :held_slots, :free_slots, keyword_init: true) do
    # @param pss [Boolean] see ShowcaseMemtrim.memory
    # @return [Memory, nil] frozen; nil, with one warning for this process: it can't be had here
    def self.now(pss: true)
      require_relative "native" unless defined?(OwnMemory)
      anon, rss, swap, pss = OwnMemory.figures(pss)
      return refuse("this system does not say what a process uses (/proc/self/smaps_rollup)") unless anon
      new(anon_bytes: anon, rss_bytes: rss, pss_bytes: pss, swap_bytes: swap,
        held_slots: GC.stat(:heap_live_slots), free_slots: GC.stat(:heap_free_slots)).freeze
    rescue LoadError => error
      refuse(error.message)
    end

    def self.refuse(why)
      warn "memtrim: can't tell this process's memory: #{why}" unless @refused
      @refused = true
      nil
    end
    private_class_method :refuse

    # @return [String] one line for a log
    def to_s
      sizes = {"anon" => anon_bytes, "RSS" => rss_bytes, "PSS" => pss_bytes, "swap" => swap_bytes}.compact
      mib = sizes.map { |name, bytes| format("%s %.1f", name, bytes.fdiv(1 << 20)) }
      "#{mib.join(", ")} MiB; #{held_slots} slots held, #{free_slots} free"
    end
  end
end
