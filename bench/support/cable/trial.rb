# frozen_string_literal: true

module CableBench
  # One server with so many clients: what it holds, and what comes of the messages that it relays.
  class Trial
    # @param app [App]
    # @param start [Start]
    # @param clients [Integer]
    # @param seconds [Integer] of messages
    def initialize(app, start, clients, seconds)
      @app = app
      @start = start
      @clients = clients
      @events = CableBench.events(clients)
      @seconds = seconds
    end

    # @return [Hash{Symbol => Object}] bytes, seconds and counts
    def run
      @app.serve(@start) do |server|
        sleep SETTLE
        booted = server.anon
        with_programs(server) do |clients, publisher|
          connected = connect(clients, server)
          sleep SETTLE
          subscribed = server.anon
          paced = relay(server, clients, publisher, [@seconds * RATE / @events.size, 1].max, RATE)
          burst = relay(server, clients, publisher, BURST, nil)
          {booted: booted, subscribed: subscribed, relayed: server.anon, threads: server.threads, connecting: connected, paced: paced, burst: burst}
        end
      end
    end

    private

    def with_programs(server)
      clients = @app.program("clients", server.port.to_s, @app.cookie, CHANNEL, *@events)
      publisher = @app.program("publisher", *@events.map { |event| "#{PREFIX}:#{STREAM % event}" })
      yield clients, publisher
    ensure
      [publisher, clients].compact.each(&:stop)
    end

    def connect(clients, server)
      answer = clients.ask(connect: @clients)
      raise "#{@start.title}: #{answer[:subscribed]} of #{@clients} clients subscribed\n#{server.log.lines.last(40).join}" if answer[:subscribed] < @clients
      answer[:seconds]
    end

    # @param messages [Integer] to each stream
    def relay(server, clients, publisher, messages, rate)
      clients.ask(start: true)
      cpu = server.cpu
      published = publisher.ask(messages: messages, rate: rate)
      raise "#{@start.title}: Redis had no subscriber for #{published[:unheard]} of #{published[:sent]} messages" if published[:unheard].positive?
      heard = clients.ask(collect: messages)
      {published: published[:sent], seconds: published[:seconds], cpu: server.cpu - cpu, **heard}
    end
  end
end
