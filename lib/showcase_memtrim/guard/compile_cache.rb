# frozen_string_literal: true

require_relative "../environment"

module ShowcaseMemtrim
  module Guard
    # What Bootsnap keeps compiled. A boot that had to compile holds more than the next one, which loads what the first
    # has kept: 12 MB more in an app of 90 gems whose cache was empty. So such a boot measures nothing.
    class CompileCache
      # Boots in a row that may find something to compile, until it is taken as their way: the first compiles, the second
      # has it. A cache that can't be written to never changes.
      MOST = 2

      # @param directory [String] where the app is booted
      # @param variables [Hash{String => String}] of the boots, besides the user's own
      def initialize(directory, variables = {})
        given = variables["BOOTSNAP_CACHE_DIR"] || Environment.clean["BOOTSNAP_CACHE_DIR"]
        @directory = File.expand_path(given || "tmp/cache", directory)
      end

      # Runs the block again, as long as it has compiled something.
      #
      # @yield boots
      # @return [Object] what the last boot gave
      def warm
        given = nil
        MOST.times { return given unless compiled? { given = yield } }
        yield
      end

      # @yield boots
      # @return [Boolean] whether that has compiled something
      def compiled?
        before = state
        yield
        state != before
      end

      private

      # Each file is written beside its place and then renamed, so its directory shows that.
      def state
        Dir.glob("bootsnap/compile-cache*{,/*}", base: @directory).to_h { |path| [path, modified(path)] }
      end

      def modified(path)
        stat = File.stat(File.join(@directory, path))
        stat.mtime.to_r if stat.directory?
      rescue SystemCallError
        nil
      end
    end
  end
end
