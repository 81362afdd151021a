# frozen_string_literal: true

require "socket"
require "websocket/driver"

# A WebSocket client on one thread: what the server sent is read when it is asked for.
class CableWebSocket
  LIMIT = 15 # seconds

  # @return [String] ws://127.0.0.1:PORT/PATH, which the driver asks for
  attr_reader :url

  # @return [Array(Integer, String), nil] the code and the reason that it was closed with; nil: it is open
  attr_reader :closed

  # @param headers [Hash{String => String}] besides those of the handshake
  # @param protocols [Array<String>] that are offered
  def initialize(port, path: "/cable", headers: {}, protocols: %w[actioncable-v1-json])
    @url = "ws://127.0.0.1:#{port}#{path}"
    @socket = TCPSocket.new("127.0.0.1", port)
    @received = []
    @driver = WebSocket::Driver.client(self, protocols: protocols)
    headers.each { |name, value| @driver.set_header(name, value) }
    @driver.on(:message) { |event| @received << event.data }
    @driver.on(:close) { |event| @closed = [event.code, event.reason] }
    @driver.start
    read(LIMIT) until @driver.status
  end

  # @return [Integer] of HTTP: 101 when the server agreed
  def status
    @driver.status
  end

  # @return [String, nil] the one that the server chose
  def protocol
    @driver.protocol
  end

  # @param text [String] one message
  def text(text)
    @driver.text(text)
  end

  # @param bytes [String] as they are, on the wire
  def write(bytes)
    @socket.write(bytes)
  end

  # @return [String, nil] the next message; nil: none came in time, or the server has closed
  def receive(seconds = LIMIT)
    deadline = now + seconds
    read(deadline - now) while @received.empty? && !@closed && now < deadline
    @received.shift
  end

  # Waits until the server has closed.
  #
  # @return [Array(Integer, String), nil] nil: it has not
  def await_close(seconds = LIMIT)
    deadline = now + seconds
    read(deadline - now) while !@closed && now < deadline
    closed
  end

  def close
    @socket.close
  end

  private

  def read(seconds)
    return unless @socket.wait_readable([seconds, 0].max)
    @driver.parse(@socket.readpartial(1 << 16))
  rescue EOFError, Errno::ECONNRESET
    @closed ||= [nil, "without a word"]
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
