# frozen_string_literal: true

module ShowcaseMemtrim
  # Reads a stream as it comes and keeps the last of it, so that the writer never waits and nothing piles up.
  class Tail
    # @param io [IO] read to its end by a thread of its own
    # @param bytes [Integer] how much is kept
    def initialize(io, bytes)
      @io = io
      @bytes = bytes
      @kept = +"".b
      @lock = Mutex.new
      @thread = Thread.new { read }
    end

    # @return [String] what is kept by now, valid UTF-8
    def to_s
      @lock.synchronize { @kept.dup }.force_encoding(Encoding::UTF_8).scrub
    end

    # Once all writers are gone: takes in what they left.
    def drain
      @thread.join(1)
    end

    def close
      drain || @thread.kill.join
      @io.close
    end

    private

    def read
      chunk = +""
      loop do
        @io.readpartial(@bytes, chunk)
        @lock.synchronize { @kept = (@kept << chunk).byteslice([@kept.bytesize - @bytes, 0].max, @bytes) }
      end
    rescue IOError
      nil
    end
  end
end
