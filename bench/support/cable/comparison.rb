# frozen_string_literal: true

require "etc"

module CableBench
  # The servers in turn, in rounds: with so many clients each, in fresh processes.
  class Comparison
    # Megabytes of ours, on the Rubies that servers run on by now: when it has booted, and by number of clients.
    BOOTED = 24
    SUBSCRIBED = {20 => 36}.freeze
    LIMITS_FROM_RUBY = "3.3"
    # Of one core, for all clients together: beyond it the latencies would be theirs.
    BUSY = 0.6

    COUNTS = %i[expected received lost twice out_of_order closed].freeze

    # @param names [Array<String>] of SERVERS
    # @param clients [Array<Integer>]
    def initialize(names, clients:, rounds:, seconds:)
      @names = names
      @clients = clients
      @rounds = rounds
      @seconds = seconds
    end

    def to_h
      trials # the first, so that the app is there
      {
        ruby: RUBY_VERSION, **app.versions, rounds: @rounds, rate: RATE, room: ROOM,
        servers: @names.to_h { |name| [name, figures(name)] }, results: results.map(&:to_h), trials: trials.map { |(name, clients), all| {server: name, clients: clients, trials: all} }
      }
    end

    def lines
      trials
      [
        "tenant · Ruby #{RUBY_VERSION} · #{app.versions.map { |gem, version| "#{gem} #{version}" }.join(" · ")} · #{@rounds} rounds, medians", "",
        *Figures.table([["anon, MB", "after the boot", *@clients.map { |count| "#{count} clients" }, *("bytes a client" if slope?)], *rows { |name| memory(name, :subscribed) }]), "",
        *Figures.table([["after the messages", "", *@clients.map { |count| "#{count} clients" }, *("bytes a client" if slope?)], *rows { |name| ["", *memory(name, :relayed).drop(1)] }]), "",
        *Figures.table([["p50 / p99, ms", *@clients.map { |count| "#{count} clients" }], *rows { |name| @clients.map { |count| latency(name, count) } }, *ratios]), "",
        *Figures.table([["CPU for a message to #{[ROOM, @clients.first].min} clients, ms", *@clients.map { |count| "#{count} clients" }], *rows { |name| @clients.map { |count| format("%.2f", cpu(name, count) * 1000) } }])
      ]
    end

    def results
      trials
      [*(limits if @names.include?("ours") && limited?), *@names.map { |name| delivered(name) }, idle]
    end

    private

    def rows
      @names.map { |name| [SERVERS.fetch(name).title, *yield(name)] }
    end

    def figures(name)
      {
        booted_bytes: booted(name), bytes_a_client: (slope(name, :subscribed) if slope?),
        clients: @clients.to_h do |count|
          [count, {subscribed_bytes: anon(name, count, :subscribed), relayed_bytes: anon(name, count, :relayed), p50_seconds: paced(name, count, :p50), p99_seconds: paced(name, count, :p99), cpu_seconds: cpu(name, count), threads: median(name, count) { |trial| trial[:threads] }, connecting_seconds: median(name, count) { |trial| trial[:connecting] }}]
        end
      }
    end

    def memory(name, stage)
      [Figures.mb(booted(name), 1), *@clients.map { |count| Figures.mb(anon(name, count, stage), 1) }, *(slope(name, stage).round if slope?)]
    end

    def slope?
      @clients.size > 1
    end

    # Bytes that one more client costs: from the fewest to the most.
    def slope(name, stage)
      fewest, most = @clients.minmax
      (anon(name, most, stage) - anon(name, fewest, stage)).fdiv(most - fewest)
    end

    def latency(name, count)
      return "-" unless paced(name, count, :p99)
      %i[p50 p99].map { |share| format("%.1f", paced(name, count, share) * 1000) }.join(" / ")
    end

    # Of p99, to the full server's with eager load.
    def ratios
      return [] unless (@names & %w[eager ours]).size == 2
      [["p99 of ours, in times of the first's", *@clients.map { |count| format("%.2f", paced("ours", count, :p99) / paced("eager", count, :p99)) }]]
    end

    def limits
      at_most = ->(what, bytes, limit) { Result.new(what: "anon of ours #{what}, MB, at most #{limit}", value: Figures.mb(bytes, 1), ok: bytes <= limit * 1_000_000) }
      [at_most.call("after the boot", booted("ours"), BOOTED)] +
        SUBSCRIBED.slice(*@clients).map { |count, limit| at_most.call("with #{count} clients", anon("ours", count, :subscribed), limit) }
    end

    def limited?
      Gem::Version.new(RUBY_VERSION) >= Gem::Version.new(LIMITS_FROM_RUBY)
    end

    # Nothing may be lost that the full server delivers. Action Cable's own worker threads change the order of messages that come
    # close together, whichever server it is.
    def delivered(name)
      counts = COUNTS.to_h { |key| [key, of(name).sum { |trial| trial[:paced][key] + trial[:burst][key] }] }
      value = "#{counts[:received]} of #{counts[:expected]}; #{counts[:lost]} lost, #{counts[:twice]} twice, #{counts[:out_of_order]} out of order, #{counts[:closed]} connections closed"
      Result.new(what: "messages that reached their clients, #{SERVERS.fetch(name).title}", value: value, ok: name != "ours" || counts.values_at(:lost, :twice, :closed).all?(&:zero?))
    end

    # Whether the latencies are the servers'.
    def idle
      most = @names.flat_map { |name| of(name).map { |trial| trial[:paced][:busy] } }.max
      Result.new(what: "of a core that the clients' process took, at most #{BUSY}", value: format("%.2f", most), ok: most <= BUSY)
    end

    def booted(name)
      Figures.median(of(name).map { |trial| trial[:booted] })
    end

    def anon(name, count, stage)
      median(name, count) { |trial| trial[stage] }
    end

    def paced(name, count, key)
      median(name, count) { |trial| trial[:paced][key] }
    end

    # Seconds of the server, for one message to all clients of a stream.
    def cpu(name, count)
      median(name, count) { |trial| trial[:paced][:cpu] / trial[:paced][:published] }
    end

    def median(name, count)
      values = trials.fetch([name, count]).map { |trial| yield trial }
      Figures.median(values) if values.all?
    end

    def of(name)
      @clients.flat_map { |count| trials.fetch([name, count]) }
    end

    # @return [Hash{Array(String, Integer) => Array<Hash>}] by server and number of clients; the order shifts with each round
    def trials
      @trials ||= @names.product(@clients).to_h { |kind| [kind, []] }.tap do |all|
        @rounds.times do |round|
          @clients.product(@names.rotate(round)).each do |count, name|
            warn "bench: round #{round + 1} of #{@rounds}, #{SERVERS.fetch(name).title}, #{count} clients" if $stderr.tty?
            all[[name, count]] << Trial.new(app, SERVERS.fetch(name), count, @seconds).run
          end
        end
      end
    end

    def app
      @app ||= App.new
    end
  end
end
