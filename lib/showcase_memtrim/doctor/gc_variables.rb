# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    # The variables that Ruby's collector reads, which values it takes, and what it has without them (gc.c of Ruby 3.1 to
    # 3.3, gc/default/default.c from 3.4 on: ruby_gc_set_params). What it does not take it passes over; only `ruby -w` says so.
    class GCVariables
      # kind: :count (a whole number, with k, m or g) or :ratio. above: the value must be greater (a name: than that
      # variable's). below: and not greater than this. zero: 0 is taken all the same. stock: nil where less or more is not
      # smaller or larger.
      Known = Struct.new(:kind, :above, :below, :zero, :stock, :since, :before, keyword_init: true)

      KNOWN = {
        "RUBY_GC_HEAP_INIT_SLOTS" => Known.new(kind: :count, above: 0, before: "3.3"),
        "RUBY_GC_HEAP_FREE_SLOTS" => Known.new(kind: :count, above: 0, stock: 4096),
        "RUBY_GC_HEAP_GROWTH_FACTOR" => Known.new(kind: :ratio, above: 1.0, stock: 1.8),
        "RUBY_GC_HEAP_GROWTH_MAX_SLOTS" => Known.new(kind: :count, above: 0),
        "RUBY_GC_HEAP_FREE_SLOTS_MIN_RATIO" => Known.new(kind: :ratio, above: 0.0, below: 1.0, stock: 0.20),
        "RUBY_GC_HEAP_FREE_SLOTS_MAX_RATIO" => Known.new(kind: :ratio, above: "RUBY_GC_HEAP_FREE_SLOTS_MIN_RATIO", below: 1.0, stock: 0.65),
        "RUBY_GC_HEAP_FREE_SLOTS_GOAL_RATIO" => Known.new(kind: :ratio, above: "RUBY_GC_HEAP_FREE_SLOTS_MIN_RATIO", below: "RUBY_GC_HEAP_FREE_SLOTS_MAX_RATIO", zero: true, stock: 0.40),
        "RUBY_GC_HEAP_OLDOBJECT_LIMIT_FACTOR" => Known.new(kind: :ratio, above: 0.0, zero: true, stock: 2.0),
        "RUBY_GC_HEAP_REMEMBERED_WB_UNPROTECTED_OBJECTS_LIMIT_RATIO" => Known.new(kind: :ratio, above: 0.0, zero: true, since: "3.3"),
        "RUBY_GC_MALLOC_LIMIT" => Known.new(kind: :count, above: 0, stock: 16 << 20),
        "RUBY_GC_MALLOC_LIMIT_MAX" => Known.new(kind: :count, above: 0, stock: 32 << 20),
        "RUBY_GC_MALLOC_LIMIT_GROWTH_FACTOR" => Known.new(kind: :ratio, above: 1.0, stock: 1.4),
        "RUBY_GC_OLDMALLOC_LIMIT" => Known.new(kind: :count, above: 0, stock: 16 << 20),
        "RUBY_GC_OLDMALLOC_LIMIT_MAX" => Known.new(kind: :count, above: 0, stock: 128 << 20),
        "RUBY_GC_OLDMALLOC_LIMIT_GROWTH_FACTOR" => Known.new(kind: :ratio, above: 1.0, stock: 1.2)
      }.freeze
      # One for each of the five sizes of slots.
      OF_A_HEAP = /\ARUBY_GC_HEAP_[0-4]_INIT_SLOTS\z/
      HEAP = Known.new(kind: :count, above: 0, since: "3.3")
      # Read by other parts of Ruby, or by other collectors.
      ELSEWHERE = %w[RUBY_GC_LIBRARY].freeze
      # Of Ruby up to 2.0 and of Ruby Enterprise Edition.
      OLD = {
        "RUBY_HEAP_MIN_SLOTS" => "RUBY_GC_HEAP_INIT_SLOTS", "RUBY_FREE_MIN" => "RUBY_GC_HEAP_FREE_SLOTS", "RUBY_HEAP_FREE_MIN" => "RUBY_GC_HEAP_FREE_SLOTS",
        "RUBY_HEAP_SLOTS_INCREMENT" => "RUBY_GC_HEAP_GROWTH_MAX_SLOTS", "RUBY_HEAP_SLOTS_GROWTH_FACTOR" => "RUBY_GC_HEAP_GROWTH_FACTOR", "RUBY_GC_MALLOC_LIMIT_MIN" => "RUBY_GC_MALLOC_LIMIT"
      }.freeze
      RATIOS = %w[RUBY_GC_HEAP_FREE_SLOTS_MIN_RATIO RUBY_GC_HEAP_FREE_SLOTS_GOAL_RATIO RUBY_GC_HEAP_FREE_SLOTS_MAX_RATIO].freeze
      UNITS = {"" => 1, "k" => 1 << 10, "m" => 1 << 20, "g" => 1 << 30}.freeze

      # @param environment [Deployment::Environment]
      # @param ruby [Gem::Version]
      def initialize(environment, ruby)
        @environment = environment
        @ruby = ruby
      end

      # @return [Array<Deployment::Variable>] those that are for the collector
      def given
        @environment.to_a.select { |variable| variable.sure && (variable.name.start_with?("RUBY_GC_") || OLD.key?(variable.name)) && !ELSEWHERE.include?(variable.name) }
      end

      # @return [Known, nil]
      def known(name)
        KNOWN[name] || (HEAP if OF_A_HEAP.match?(name))
      end

      # @return [Boolean] whether this Ruby reads it
      def read?(name)
        known = known(name) or return false
        (known.since.nil? || @ruby >= Gem::Version.new(known.since)) && (known.before.nil? || @ruby < Gem::Version.new(known.before))
      end

      # @return [String, nil] why Ruby does not take a value; nil: it does, or it is not known
      def refusal(variable)
        text = variable.value
        return if text.nil? || text.empty?
        known = known(variable.name)
        number = number(known.kind, text) or return "it is no #{(known.kind == :count) ? "whole number (k, m or g may follow)" : "number"}"
        return if known.zero && number.zero?
        above, below = limit(known.above), limit(known.below)
        return "it must be greater than #{describe(known.above)}" if above && number <= above
        "it must not be greater than #{describe(known.below)}" if below && number > below
      end

      # @return [Numeric, nil] what Ruby has with it
      def value(name)
        variable = @environment.variable(name)
        known = known(name)
        number = (variable&.sure && variable.value && refusal(variable).nil?) ? number(known.kind, variable.value) : nil
        number || known.stock
      end

      # @return [Numeric, nil] as strtol and strtod read it
      def number(kind, text)
        if kind == :count
          match = text.match(/\A\s*([+-]?\d+)([kmg]?)\s*\z/i)
          return match && match[1].to_i * UNITS.fetch(match[2].downcase)
        end
        text.match?(/\A\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\z/i) ? text.to_f : nil
      end

      private

      def limit(limit)
        limit.is_a?(String) ? value(limit) : limit
      end

      def describe(limit)
        return limit.to_s unless limit.is_a?(String)
        "#{limit}, which is #{value(limit)}"
      end
    end
  end
end
