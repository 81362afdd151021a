# frozen_string_literal: true

require "fileutils"
require "tmpdir"

# jemalloc's library: the machine's own, or Debian's package unpacked into the cache folder, where it is not installed.
module Jemalloc
  LIBRARY = "libjemalloc.so.2"
  DIRECTORIES = %w[/usr/lib /usr/local/lib].flat_map { |directory| [directory, "#{directory}/*-linux-gnu*"] }.freeze
  CACHE = File.join(ENV.fetch("XDG_CACHE_HOME") { File.join(Dir.home, ".cache") }, "showcase_memtrim/jemalloc")

  class << self
    # @return [String, nil] its path; nil where there is none and none can be had
    def library
      find(DIRECTORIES) || find(unpacked) || (download && find(unpacked))
    end

    private

    def find(directories)
      Dir.glob(directories.map { |directory| File.join(directory, LIBRARY) }).first
    end

    def unpacked
      DIRECTORIES.map { |directory| File.join(CACHE, directory) }
    end

    def download
      FileUtils.mkdir_p(CACHE)
      Dir.mktmpdir do |directory|
        quietly("apt-get", "download", "libjemalloc2", chdir: directory) &&
          Dir.glob(File.join(directory, "*.deb")).all? { |package| quietly("dpkg", "-x", package, CACHE) }
      end
    end

    def quietly(*command, **options)
      system(*command, out: File::NULL, err: File::NULL, **options)
    end
  end
end
