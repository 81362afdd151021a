# frozen_string_literal: true

require "minitest/autorun"
require_relative "../support/cable/cable_app"
require_relative "../support/cable/redis_server"

# What bin/cable and the app's full server say to the same clients, good ones and bad ones: the same frames, in the same order,
# and the same ends.
class SameProtocolTest < Minitest::Test
  REDIS = RedisServer.start.tap { |redis| Minitest.after_run { redis.stop } }
  DESCRIBE = "puts JSON.generate(ENV.to_h.slice(*%w[RUBYOPT RUBYLIB MALLOC_ARENA_MAX BUNDLE_GEMFILE GEM_HOME RAILS_ENV]).merge(ENV.to_h.select { |name, _| name.start_with?('MEMTRIM') })), " \
    "JSON.generate([Process.getrlimit(:STACK), Dir.pwd, $stdout.tty?, Gem.loaded_specs.key?('rails')])"
  APP = CableApp.new(REDIS, files: {"tmp/output_tokens.yml" => JSON.generate("describe" => ["ruby", "-rjson", "-e", DESCRIBE])})
  OURS, FULL = [Thread.new { APP.serve }, Thread.new { APP.serve_full }].map(&:value)
  COOKIE = APP.tenant.cookie("ann")

  SILENCE = 0.7 # seconds, after which nothing more comes
  GOOD = ->(page) { page.command("subscribe", "PlaylistChannel", room: "1") }

  # Each has a connection of its own.
  COMMANDS = {
    "none" => ->(_) {},
    "a subscription" => GOOD,
    "the same subscription again" => ->(page) { GOOD.call(page) && page.receive && GOOD.call(page) },
    "JSON that is none" => ->(page) { page.socket.text("{oops") && GOOD.call(page) },
    "JSON of another kind" => ->(page) { %w[[] 1 null "text" {}].each { |text| page.socket.text(text) } && GOOD.call(page) },
    "nothing" => ->(page) { page.socket.text("") && GOOD.call(page) },
    "an unknown command" => ->(page) { page.command("dance", "PlaylistChannel") && GOOD.call(page) },
    "an identifier that is no JSON" => ->(page) { page.socket.text(JSON.generate(command: "subscribe", identifier: "PlaylistChannel")) && GOOD.call(page) },
    "a message without a subscription" => ->(page) { page.perform("start", "OutputChannel", token: "describe") && GOOD.call(page) },
    "leaving what was not joined" => ->(page) { page.unsubscribe("PlaylistChannel", room: "2") && GOOD.call(page) },
    "an unknown action" => ->(page) { GOOD.call(page) && page.receive && page.perform("dance", "PlaylistChannel", room: "1") },
    "a private action" => ->(page) { page.subscribe("OutputChannel", token: "describe") && page.perform("commands", "OutputChannel", token: "describe") },
    "a rejection" => ->(page) { page.command("subscribe", "OutputChannel", token: "none") },
    **%w[NoChannel String Kernel ApplicationCable::Channel ActionCable::Channel::Base ApplicationCable::Connection Heat ../../x].to_h do |name|
      ["the channel #{name}", ->(page) { page.command("subscribe", name) && GOOD.call(page) }]
    end
  }.freeze

  FRAMES = {
    "half a frame, and the rest" => ->(page) { halves(frame(subscribe)).each { |bytes| page.socket.write(bytes) && sleep(0.05) } },
    "half a frame" => ->(page) { page.socket.write(halves(frame(subscribe)).first) },
    "fragments" => ->(page) { page.socket.write(frame(subscribe[0, 10], first: 0x01) + frame(subscribe[10..], first: 0x80)) },
    "an oversized frame" => ->(page) { page.socket.write([0x81, 0xff, 1 << 27].pack("CCQ>") + "abcd" + "x" * 1000) },
    "an absurd frame" => ->(page) { page.socket.write([0x81, 0xff, (1 << 63) - 1].pack("CCQ>") + "abcd") },
    "1 MiB of JSON" => ->(page) { page.socket.text(JSON.generate(command: "subscribe", identifier: page.identifier("PlaylistChannel", room: "1", more: "x" * (1 << 20), last: 1))) },
    "a frame without a mask" => ->(page) { page.socket.write("\x81\x02{}") },
    "an unknown kind of frame" => ->(page) { page.socket.write(frame("{}", first: 0x83)) },
    "reserved bits" => ->(page) { page.socket.write(frame("{}", first: 0xf1)) },
    "text that is no UTF-8" => ->(page) { page.socket.write(frame("\xff\xfe{}")) },
    "a binary frame" => ->(page) { page.socket.write(frame(subscribe, first: 0x82)) },
    "its end" => ->(page) { page.socket.write(frame([1000].pack("n") + "bye", first: 0x88)) },
    "an end for no reason there is" => ->(page) { page.socket.write(frame([1].pack("n"), first: 0x88)) },
    "no WebSocket at all" => ->(page) { page.socket.write("GET / HTTP/1.1\r\n\r\n" * 20) }
  }.freeze

  FAULTS = {
    "an oversized frame" => 1009, "an absurd frame" => 1009, "a frame without a mask" => 1003, "an unknown kind of frame" => 1002,
    "reserved bits" => 1002, "text that is no UTF-8" => 1007, "an end for no reason there is" => 1002
  }.freeze

  CONNECTIONS = {
    "without a cookie" => {cookie: nil},
    "with a cookie of another app" => {cookie: "visitor=#{"x" * 100}"},
    "without an origin" => {origin: nil},
    "from another origin" => {origin: "https://evil.example"},
    "from nowhere" => {origin: "null"},
    "with another protocol" => {protocols: %w[soap]},
    "with no protocol" => {protocols: []},
    "that is unsupported" => {protocols: %w[actioncable-unsupported]},
    "with two protocols" => {protocols: %w[soap actioncable-v1-json]}
  }.freeze

  REQUESTS = [
    "GET /cable", "POST /cable", "HEAD /cable", "GET /cable\r\nUpgrade: websocket", "GET /cable\r\nUpgrade: h2c\r\nConnection: Upgrade",
    "GET /cable\r\nUpgrade: websocket\r\nConnection: Upgrade", "GET /cable\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: http://127.0.0.1",
    "GET /cable\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: http://127.0.0.1\r\nSec-WebSocket-Version: 99\r\nSec-WebSocket-Key: abc"
  ].freeze

  class << self
    # @return [String] a frame from a client, masked with nothing
    def frame(text, first: 0x81)
      text = text.b
      length = (text.bytesize < 126) ? [0x80 | text.bytesize].pack("C") : [0xfe, text.bytesize].pack("Cn")
      [first].pack("C") + length + "\0\0\0\0".b + text
    end

    def halves(bytes)
      [bytes.byteslice(0, bytes.bytesize / 2), bytes.byteslice((bytes.bytesize / 2)..)]
    end

    def subscribe
      JSON.generate(command: "subscribe", identifier: JSON.generate(channel: "PlaylistChannel", room: "1"))
    end
  end

  def test_commands
    ours, full = transcripts(COMMANDS)
    assert_same_answers full, ours
    assert_equal %w[confirm_subscription], ours.fetch("JSON that is none").fetch(:messages).map { |message| message["type"] }
  end

  def test_frames
    ours, full = transcripts(FRAMES)
    assert_same_answers full, ours
    assert_equal %w[confirm_subscription], ours.fetch("fragments").fetch(:messages).map { |message| message["type"] }
  end

  # Action Cable may close its socket before it has written why.
  def test_faults_are_named
    FAULTS.each do |name, code|
      [OURS, FULL].each do |server|
        codes = Array.new(20) { |number| break [code] if code == fault(server, FRAMES.fetch(name)) }
        assert_equal [code], codes.uniq.compact, name
      end
    end
  end

  def test_connections
    ours, full = [OURS, FULL].map do |server|
      pages = CONNECTIONS.transform_values { |options| server.client(cookie: COOKIE, **options) }
      sleep SILENCE
      pages.transform_values { |page| {status: page.socket.status, protocol: page.socket.protocol, **transcript(page)} }
    end
    assert_equal full, ours
    assert_equal 404, ours.fetch("from another origin").fetch(:status)
  end

  def test_what_is_no_websocket
    ours, full = [OURS, FULL].map { |server| REQUESTS.map { |request| answer(server, request) } }
    assert_equal full, ours
    assert_match(/\AHTTP\/1.1 404 /, ours.first)
  end

  def test_programs_that_channels_start_find_all_as_they_do_there
    ours, full = [OURS, FULL].map do |server|
      page = server.client(cookie: COOKIE).tap(&:receive)
      page.subscribe("OutputChannel", token: "describe")
      page.perform("start", "OutputChannel", token: "describe")
      lines = Array.new(3) { page.message }.filter_map { |message| message["line"] }.map { |line| JSON.parse(line) }
      lines.sort_by { |line| line.is_a?(Hash) ? 0 : 1 }
    end
    assert_equal full, ours
    assert_equal [APP.directory, true, true], ours.last.drop(1)
  end

  private

  def assert_same_answers(full, ours)
    full.each { |name, answers| assert_equal answers, ours.fetch(name), name }
  end

  # @return [Array<Hash>] of ours and of the full server
  def transcripts(cases)
    [OURS, FULL].map do |server|
      pages = cases.transform_values do |run|
        page = server.client(cookie: COOKIE)
        assert_equal({"type" => "welcome"}, page.receive)
        self.class.instance_exec(page, &run)
        page
      end
      sleep SILENCE
      pages.transform_values { |page| transcript(page) }
    end
  end

  # @return [Integer, nil] the code that the server closes with; nil: without one
  def fault(server, run)
    page = server.client(cookie: COOKIE).tap(&:receive)
    self.class.instance_exec(page, &run)
    page.socket.await_close&.first
  end

  # All that the server writes in time.
  def answer(server, request)
    target, headers = request.split("\r\n", 2)
    TCPSocket.open("127.0.0.1", server.port) do |socket|
      socket.write("#{target} HTTP/1.1\r\nHost: 127.0.0.1\r\n", *("#{headers}\r\n" if headers), "\r\n")
      text = +""
      text << socket.readpartial(1 << 16) while socket.wait_readable(SILENCE / 2)
      text
    rescue EOFError
      "#{text}, and the end"
    end
  end

  # What had come, and whether it was closed.
  def transcript(page)
    messages = []
    while (message = page.receive(0.05))
      messages << message.transform_values { |value| value.is_a?(String) ? value[-100..] || value : value }
    end
    {messages: messages, closed: !!page.socket.closed}
  ensure
    page.close
  end
end
