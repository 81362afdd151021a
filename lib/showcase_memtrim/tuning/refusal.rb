# frozen_string_literal: true

require_relative "probe"

module ShowcaseMemtrim
  class Tuning
    # Why settings would not be what was measured: the allocator, the linker or Ruby does not take them, mostly without a word.
    class Refusal
      # Bytes: glibc takes no larger threshold (malloc.c, do_set_mmap_threshold: half of HEAP_MAX_SIZE).
      MMAP_THRESHOLD_MAX = 32 << 20

      # @param variables [Hash{String => String, nil}] all that the process has of them
      # @param preload [Array<String>] all that it has
      # @param changed [Array<String>] names of variables that are there for their effect
      # @param strict [Boolean] also when they have none with this allocator
      # @return [String, nil] nil: all of it is taken
      def self.of(variables, preload, changed: variables.keys, strict: true)
        new(variables, preload, changed, strict).why
      end

      def initialize(variables, preload, changed, strict)
        @variables = variables.compact.reject { |_, value| value.empty? }
        @all = variables
        @preload = preload
        @changed = changed & @variables.keys
        @strict = strict
      end

      # @return [String, nil]
      def why
        unreadable || begin
          @probe = Probe.new(@all, @preload)
          not_preloaded || refused_by_jemalloc || refused_by_ruby || no_start || not_mapped || (without_effect if @strict) || refused_by_glibc
        end
      end

      private

      # By path alone: what is only a name is for the linker to find.
      def unreadable
        @preload.grep(%r{/}).each do |file|
          return "#{file}: no such library to preload" unless File.exist?(file)
          return "#{file}: no library to preload, but a directory" if File.directory?(file)
          return "no permission to preload #{file}: it can't be read" unless File.readable?(file)
          return "#{file} can't be preloaded: LD_PRELOAD takes no space and no colon in a path" if file.match?(/[\s:]/)
        end
        nil
      end

      # ld.so(8): such a library is ignored, with these words.
      def not_preloaded
        file, reason = @probe.words.match(/object '(.+?)' from LD_PRELOAD cannot be preloaded \((.+?)\)/)&.captures
        "#{file} can't be preloaded here: #{reason}" if file
      end

      # jemalloc goes on without what it does not understand, with these words (jemalloc.c, malloc_conf_error).
      def refused_by_jemalloc
        words = @probe.words[/^<jemalloc>: (.+)$/, 1]
        "jemalloc refuses what MALLOC_CONF says: #{words}" if words
      end

      def refused_by_ruby
        name, value = @probe.words.match(/^invalid string for (\w+): (.*)$/)&.captures
        return "Ruby ignores #{name}=#{value}: that is no number" if name
        name, reason = @probe.words.match(/^(RUBY_\w+)=.* is ignored because (.+?)\.?$/)&.captures
        return "Ruby ignores #{name}=#{@variables[name]}: #{reason}" if name
        return "this Ruby has no YJIT" if @strict && @probe.words.match?(/built without YJIT/) && @changed.intersect?(%w[RUBYOPT RUBY_YJIT_ENABLE])
        unknown = @changed.grep(/\ARUBY_(?:GC|HEAP|FREE)_/).find { |each| !@probe.words.match?(/^#{each}=/) }
        "Ruby #{RUBY_VERSION} knows no variable #{unknown}" if unknown && @probe.allocator
      end

      def no_start
        return if @probe.allocator
        words = @probe.words.lines.map(&:strip).reject { |line| line.empty? || line.match?(/^RUBY_\w+=/) }.first
        "Ruby does not start with these: #{(words || "it says nothing")[0, 200]}"
      end

      # The linker ignores LD_PRELOAD without a word for programs with privileges of their own.
      def not_mapped
        missing = @preload.find { |file| !@probe.mapped.include?(file.include?("/") ? File.realpath(file) : file) && !by_name?(file) }
        return "#{missing} was not preloaded: Ruby runs without it" if missing
        jemalloc = @preload.find { |file| File.basename(file).include?("jemalloc") }
        "#{jemalloc} is preloaded, and the allocator is #{@probe.allocator} all the same" if jemalloc && @probe.allocator != "jemalloc"
      end

      def by_name?(file)
        !file.include?("/") && @probe.mapped.any? { |path| File.basename(path).start_with?(file[/\A.+?\.so/] || file) }
      end

      def without_effect
        jemallocs, glibcs = %w[MALLOC_CONF], Probe::TUNABLES.keys
        idle = @changed & ((@probe.allocator == "jemalloc") ? glibcs : jemallocs)
        return "#{idle.first} has no effect: the allocator is #{@probe.allocator}" if idle.any?
        unknown = @changed.grep(/\AMALLOC_/) - jemallocs - glibcs
        "no allocator here knows #{unknown.first}" if unknown.any?
      end

      def refused_by_glibc
        return if @probe.allocator != "glibc"
        given = @changed & Probe::TUNABLES.keys
        wrong = given.find { |name| !Integer(@variables[name], exception: false)&.>=(0) }
        return "glibc ignores #{wrong}=#{@variables[wrong]}: that is no number" if wrong
        threshold = "MALLOC_MMAP_THRESHOLD_"
        return "glibc ignores #{threshold}=#{@variables[threshold]}: it takes at most #{MMAP_THRESHOLD_MAX}" if given.include?(threshold) && Integer(@variables[threshold]) > MMAP_THRESHOLD_MAX
        asked = given.to_h { |name| [Probe::TUNABLES.fetch(name), [name, @variables[name]]] }
        asked.merge!(tunables) if @changed.include?("GLIBC_TUNABLES")
        not_taken(asked)
      end

      # @return [Hash{String => Array(String, String)}] name → name and value, as GLIBC_TUNABLES has them
      def tunables
        @variables["GLIBC_TUNABLES"].split(":").to_h { |pair| [pair[/\A[^=]*/], pair.split("=", 2)] }
      end

      def not_taken(asked)
        taken = asked.any? ? @probe.tunables : {}
        return if taken.empty?
        tunable, (name, value) = asked.find { |each, (_, wanted)| !taken?(taken[each], Integer(wanted.to_s, exception: false)) }
        return unless tunable
        taken.key?(tunable) ? "glibc ignores #{name}=#{value}: it is out of range" : "glibc knows no tunable #{name}"
      end

      def taken?(tunable, wanted)
        value, least, greatest = tunable
        value == wanted && wanted&.between?(least, greatest)
      end
    end
  end
end
