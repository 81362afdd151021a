# frozen_string_literal: true

# WebSocket clients of an Action Cable server, all in one thread: as many as it is told to be.
#
#   clients.rb PORT COOKIE CHANNEL EVENT...
#
#   {"connect": 20}    answers when so many more are subscribed; the clients share the events evenly
#   {"start": true}    forgets what came until now
#   {"collect": 50}    answers when each has got so many messages, or when none came for some time: what came, and when

require "json"
require "nio"
require "socket"
require "websocket/driver"

# One of them.
class Client
  attr_reader :url, :socket, :received, :latencies, :state

  def initialize(port, cookie, identifier)
    @url = "ws://127.0.0.1:#{port}/cable"
    @identifier = identifier
    @socket = TCPSocket.new("127.0.0.1", port)
    @socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
    @state = :connecting
    start
    @driver = WebSocket::Driver.client(self, protocols: ["actioncable-v1-json"])
    @driver.set_header("Cookie", cookie)
    @driver.set_header("Origin", "http://127.0.0.1:#{port}")
    @driver.on(:message) { |event| take(event.data) }
    @driver.on(:close) { @state = :closed }
    @driver.start
  end

  def start
    @received = []
    @latencies = []
  end

  # For the driver.
  def write(bytes)
    @socket.write(bytes)
  end

  # @return [Boolean] false when the server has gone
  def read(now)
    @now = now
    @driver.parse(@socket.read_nonblock(65_536))
    @state != :closed
  rescue IO::WaitReadable
    true
  rescue EOFError, SystemCallError
    @state = :closed
    false
  end

  private

  # Other than by a JSON parser: the clients should have time to spare.
  def take(text)
    if text =~ /"message":\{"n":(\d+),"at":(\d+)/
      @received << $1.to_i
      @latencies << @now - $2.to_i
    elsif text.start_with?('{"type":"welcome"')
      @driver.text(JSON.generate(command: "subscribe", identifier: @identifier))
    elsif text.include?('"type":"confirm_subscription"')
      @state = :subscribed
    elsif text.include?('"type":"reject_subscription"') || text.include?('"type":"disconnect"')
      warn text
      @state = :closed
    end
  end
end

# All of them.
class Clients
  # That connect at the same time.
  AT_ONCE = 20
  # Nanoseconds without a message (or a new subscription), after which no more are waited for.
  PATIENCE = 5_000_000_000
  # Nanoseconds, after the last one, in which one may come for the second time.
  LATER = 200_000_000

  def initialize(port, cookie, channel, events)
    @port = port
    @cookie = cookie
    @identifiers = events.map { |event| JSON.generate(channel: channel, event: event) }
    @clients = []
    @selector = NIO::Selector.new
    @selector.register($stdin, :r)
  end

  def run
    loop do
      pass
      next unless @asked
      @asked = false
      answer(JSON.parse($stdin.gets || break, symbolize_names: true))
    end
  end

  private

  def answer(question)
    case question
    in {connect: count} then reply(connect(count))
    in {start: _} then reply(start)
    in {collect: messages} then reply(collect(messages))
    end
  end

  def reply(what)
    $stdout.puts(JSON.generate(what))
    $stdout.flush
  end

  def connect(count)
    wanted = @clients.size + count
    began = progressed = now
    until @clients.size == wanted && pending.zero?
      before = pending
      add while @clients.size < wanted && pending < AT_ONCE
      pass
      progressed = now unless pending == before
      break if now - progressed > PATIENCE
    end
    {subscribed: @clients.count { |client| client.state == :subscribed }, seconds: (now - began) / 1e9}
  end

  def add
    client = Client.new(@port, @cookie, @identifiers[@clients.size % @identifiers.size])
    @clients << client
    @selector.register(client.socket, :r).value = client
  end

  def pending
    @clients.count { |client| client.state == :connecting }
  end

  def start
    @clients.each(&:start)
    @cpu = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
    @began = now
    {}
  end

  def collect(messages)
    heard = now
    until @clients.all? { |client| client.received.size >= messages } || now - heard > PATIENCE
      before = total
      pass
      heard = now unless total == before
    end
    later = now + LATER
    pass(0.05) while now < later
    figures(messages)
  end

  def total
    @clients.sum { |client| client.received.size }
  end

  def figures(messages)
    latencies = @clients.flat_map(&:latencies).sort
    busy = (Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - @cpu) / ((now - @began) / 1e9)
    {
      expected: @clients.size * messages, received: latencies.size, busy: busy,
      lost: @clients.sum { |client| messages - client.received.uniq.size },
      twice: @clients.sum { |client| client.received.size - client.received.uniq.size },
      out_of_order: @clients.sum { |client| client.received.each_cons(2).count { |one, next_one| next_one < one } },
      closed: @clients.count { |client| client.state == :closed },
      **{p50: 0.5, p99: 0.99, slowest: 1.0}.transform_values { |share| latencies.any? ? latencies[(latencies.size * share).ceil - 1] / 1e9 : nil }
    }
  end

  # Reads what is there.
  def pass(seconds = 1)
    ready = @selector.select(seconds) || []
    at = now
    ready.each do |monitor|
      next @asked = true unless monitor.value
      monitor.close unless monitor.value.read(at)
    end
  end

  # Nanoseconds, of a clock that all processes of the machine share.
  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
  end
end

port, cookie, channel, *events = ARGV
Clients.new(Integer(port), cookie, channel, events).run
