# frozen_string_literal: true

require "json"
require_relative "web_socket"

# Speaks Action Cable's protocol, as a page does.
class ActionCableClient
  # @return [CableWebSocket]
  attr_reader :socket

  # @param cookie [String, nil] the header
  # @param origin [String, nil] nil: that of the server's own pages
  def initialize(port, cookie: nil, origin: "http://127.0.0.1:#{port}", **options)
    headers = {"Cookie" => cookie, "Origin" => origin}.compact
    @socket = CableWebSocket.new(port, headers: headers, **options)
  end

  # @return [Hash, nil] the next message that is no ping; nil: none came in time, or it is closed
  def receive(seconds = CableWebSocket::LIMIT)
    deadline = now + seconds
    loop do
      text = @socket.receive(deadline - now) or return
      message = JSON.parse(text)
      return message unless message["type"] == "ping"
    end
  end

  # @return [Object, nil] what the next broadcast or transmission says
  def message(seconds = CableWebSocket::LIMIT)
    receive(seconds)&.fetch("message")
  end

  # @return [String, nil] the type of the answer: confirm_subscription or reject_subscription
  def subscribe(channel, **params)
    command("subscribe", channel, **params)
    receive&.fetch("type")
  end

  def unsubscribe(channel, **params)
    command("unsubscribe", channel, **params)
  end

  def perform(action, channel, **params)
    command("message", channel, {data: JSON.generate(action: action)}, **params)
  end

  def command(command, channel, more = {}, **params)
    @socket.text(JSON.generate(command: command, identifier: identifier(channel, **params), **more))
  end

  def identifier(channel, **params)
    JSON.generate(channel: channel, **params)
  end

  def close
    @socket.close
  end

  private

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
