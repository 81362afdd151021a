# frozen_string_literal: true

require "rbconfig"
require_relative "../environment"
require_relative "../subprocess"

module ShowcaseMemtrim
  class Tuning
    # One bare Ruby, started with variables and libraries, which tells what became of them. With -w Ruby says of each of
    # its variables what it has taken (gc.c, get_envparam_size and get_envparam_double), so does the dynamic linker on
    # its own (`ld.so --list-tunables`, glibc 2.33 and newer); what jemalloc and the linker refuse they say anyhow.
    class Probe
      NATIVE = File.expand_path("../native.rb", __dir__)
      PROGRAM = 'require ARGV[0]; print "\n", ["memtrim", ShowcaseMemtrim::Recorder.allocator, *File.read("/proc/self/maps").scan(%r{ (/.*)$}).flatten.uniq].join("\n")'
      # glibc's variables, and the tunables that they are another name for (glibc manual, Memory Allocation Tunables).
      TUNABLES = {
        "MALLOC_ARENA_MAX" => "arena_max", "MALLOC_ARENA_TEST" => "arena_test", "MALLOC_MMAP_MAX_" => "mmap_max", "MALLOC_MMAP_THRESHOLD_" => "mmap_threshold",
        "MALLOC_TRIM_THRESHOLD_" => "trim_threshold", "MALLOC_TOP_PAD_" => "top_pad", "MALLOC_PERTURB_" => "perturb", "MALLOC_CHECK_" => "check"
      }.transform_values { |name| "glibc.malloc.#{name}" }.freeze
      TUNABLE = /^(glibc\.\S+): (\w+) \(min: (\w+), max: (\w+)\)/
      # Seconds that a bare Ruby never needs.
      SECONDS = 30

      # @return [String] what was written before the program's own answer, on either stream
      attr_reader :words
      # @return [String, nil] as Recorder.allocator has it; nil: it did not come to that
      attr_reader :allocator
      # @return [Array<String>] files that are mapped
      attr_reader :mapped

      # @param variables [Hash{String => String, nil}] besides our own environment
      # @param preload [Array<String>]
      def initialize(variables, preload)
        @variables = variables
        output = run([RbConfig.ruby, "-w", "--disable=gems", "-e", PROGRAM, NATIVE], environment(preload))
        @words, _, answer = output.rpartition(/^memtrim\n/)
        @words, answer = output, "" if @words.empty? && answer == output
        @allocator, *@mapped = answer.lines(chomp: true)
      end

      # @return [Hash{String => Array<Integer>}] tunables as the linker takes them, each with its least and its greatest
      #   value; empty where it does not tell
      def tunables
        linker = @mapped.find { |file| File.basename(file).match?(/\Ald(-linux|64|-\d|\.so)/) } or return {}
        @tunables ||= run([linker, "--list-tunables"], environment([])).scan(TUNABLE).to_h { |name, *numbers| [name, numbers.map { |number| Integer(number) }] }
      end

      private

      # @return [String] what it wrote
      def run(command, environment)
        process = Subprocess.start(command, env: environment)
        deadline = Clock.now + SECONDS
        sleep 0.002 while process.alive? && Clock.now < deadline
        process.output(ended: !process.alive?)
      ensure
        process&.stop
      end

      def environment(preload)
        variables = Environment.before_bundler.merge(@variables)
        all = [*preload, *variables["LD_PRELOAD"].to_s.split(/[: ]/)]
        variables.merge("LD_PRELOAD" => all.empty? ? nil : all.join(":"))
      end
    end
  end
end
