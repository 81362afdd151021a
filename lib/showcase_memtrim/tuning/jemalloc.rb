# frozen_string_literal: true

require_relative "refusal"

module ShowcaseMemtrim
  class Tuning
    # A jemalloc of this machine's that could be preloaded.
    module Jemalloc
      DIRECTORIES = %w[/usr/lib /usr/lib64 /usr/local/lib /usr/local/lib64].flat_map { |directory| [directory, "#{directory}/*-linux-gnu*"] }.freeze

      class << self
        # @return [String, nil] its path; nil where there is none that Ruby runs with
        def library
          (listed + Dir.glob(DIRECTORIES.map { |directory| "#{directory}/libjemalloc.so*" }).sort).uniq.find { |file| Refusal.of({}, [file]).nil? }
        end

        # How LD_PRELOAD may name a library: the linker finds those of its list by their name (ld.so(8)).
        #
        # @param file [String]
        # @return [String] its name, or the path as it is
        def short(file)
          listed.include?(file) ? File.basename(file) : file
        end

        private

        # @return [Array<String>] those that the dynamic linker finds by name
        def listed
          @listed ||= list.scan(%r{^\s*libjemalloc\.so\S* .*=> (/\S+)$}).flatten
        end

        # Users' PATH need not have /sbin.
        def list
          program = %w[/sbin/ldconfig /usr/sbin/ldconfig].find { |file| File.executable?(file) }
          program ? IO.popen([program, "-p"], err: File::NULL, &:read).scrub : ""
        end
      end
    end
  end
end
