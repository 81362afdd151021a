# frozen_string_literal: true

require_relative "../showcase_memtrim"
require_relative "clock"
require_relative "settle/settled"

module ShowcaseMemtrim
  # Gives back memory that a process does not need at the moment: asked for (ShowcaseMemtrim.settle!), or as
  # config.memtrim.settle says.
  module Settle
    autoload :Installed, File.join(__dir__, "settle/installed")
    autoload :Middleware, File.join(__dir__, "settle/middleware")

    class << self
      # @return [Installed, nil] nil: the app has no config.memtrim.settle
      attr_reader :installed

      # Has the app settle by itself, as its config.memtrim.settle says; what it says last counts.
      #
      # @param app [Rails::Application] whose middleware has not been built
      # @raise [Error] for a setting that can't be had
      def install(app)
        @installed = Installed.of(app.config.memtrim)
        return if @in_between || !@installed&.idle?
        app.config.middleware.unshift(Middleware)
        @in_between = true
      end

      # @param compact [Boolean] see ShowcaseMemtrim.settle!
      # @param gate [#open] holds the requests up: yields if none is under way, and returns whether that is so
      # @return [Settled, nil] nil, with one warning: it can't be had here; nil: the gate did not open, so nothing was done,
      #   or only a collection
      def now(compact: true, gate: Gate)
        return unless possible?
        started = Clock.now
        before = OwnMemory.anon_bytes
        return unless gate.open { collect(compact) }
        return unless gate.open {}
        OwnMemory.trim
        Settled.new(anon_before_bytes: before, anon_after_bytes: OwnMemory.anon_bytes, seconds: Clock.now - started)
      end

      # @return [Boolean] false, with one warning: not on this system
      def possible?
        return @possible unless @possible.nil?
        require_relative "native"
        @possible = !OwnMemory.anon_bytes.nil?
        refuse("this system does not say what a process uses (/proc/self/smaps_rollup)") unless @possible
        @possible
      rescue LoadError => error
        refuse(error.message)
        @possible = false
      end

      private

      # Process.warmup (Ruby 3.3) compacts and frees all empty pages of the heap besides (rb_gc_prepare_heap in ruby/gc.c,
      # rb_gc_impl_prepare_heap in gc/default/default.c from 3.4 on). A forked process does not compact: objects that are
      # moved are written, and so no longer shared with its parent. Nor does an older Ruby: see docs/settle.md.
      def collect(compact)
        (compact && Process.respond_to?(:warmup) && Process.pid == LOADED_BY) ? Process.warmup : GC.start
      end

      def refuse(why)
        warn "memtrim: can't settle here: #{why}"
      end
    end

    # Nobody's requests: it is open.
    module Gate
      def self.open
        yield
        true
      end
    end
  end
end
