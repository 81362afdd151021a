# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # A file's text, whatever its bytes and line ends are.
      module Text
        LARGE = 1024 * 1024

        # A path in an image: no home directory of this machine's is meant.
        #
        # @return [String] absolute
        def self.path(path, directory)
          File.expand_path(path.start_with?("/") ? path : "./#{path}", directory)
        end

        # @param path [String]
        # @return [String, nil] valid UTF-8 with \n; nil: no file, none that can be read, or far too large for what it should be
        def self.read(path)
          return unless File.file?(path) && File.size(path) <= LARGE
          File.binread(path).force_encoding(Encoding::UTF_8).scrub("?").delete_prefix("\uFEFF").gsub(/\r\n?/, "\n").tr("\0", "?")
        rescue SystemCallError
          nil
        end
      end
    end
  end
end
