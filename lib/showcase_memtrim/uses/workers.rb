# frozen_string_literal: true

require "etc"

module ShowcaseMemtrim
  module Uses
    # Reads many files on all cores, in forked processes that end with it.
    module Workers
      FEW = 200

      # @param items [Array]
      # @yieldparam item of items
      # @yieldreturn [Object] what Marshal takes
      # @return [Array] in no order; nil for an item whose process died
      def self.map(items, count: Etc.nprocessors, &block)
        return items.map(&block) if items.size < FEW || count < 2 || !Process.respond_to?(:fork)
        workers = (0...count).map { |index| start(items.each_slice(count).filter_map { |slice| slice[index] }, &block) }
        workers.flat_map { |pid, reader, size| finish(pid, reader, size) }
      end

      def self.start(items, &block)
        reader, writer = IO.pipe(binmode: true)
        pid = fork do
          reader.close
          writer.write(Marshal.dump(items.map(&block)))
          writer.close
        ensure
          exit!
        end
        writer.close
        [pid, reader, items.size]
      end

      # The pipe is read to its end before the next one's: a worker that waits to write has nothing else to do.
      def self.finish(pid, reader, size)
        bytes = reader.read
        reader.close
        Process.wait(pid)
        bytes.empty? ? [nil] * size : Marshal.load(bytes)
      rescue ArgumentError, TypeError # it died while it wrote
        [nil] * size
      end
      private_class_method :start, :finish
    end
  end
end
