# frozen_string_literal: true

require "ipaddr"
require_relative "../command"
require_relative "../../fleet/resident"

module ShowcaseMemtrim
  module Commands
    class Fleet < Command
      # `memtrim fleet --listen`: this process becomes one that answers to those who scrape.
      module Listening
        # What has no say there, with the values that are as good as none.
        OTHERS = {watch: nil, tenants: nil, format: "text", output: nil}.freeze

        private

        def listen_option(parser)
          parser.on("--listen ADDRESS", "answer to Prometheus at http://ADDRESS/metrics (\"127.0.0.1:9419\", or a port) until interrupted") { |text| @options[:listen] = address(text) }
        end

        # Never returns.
        #
        # @param reading [Hash] see ShowcaseMemtrim::Fleet.now
        # @raise [Error] where the processes can't be read
        def listen(reading)
          ip, port = @options[:listen]
          fleet = seen(reading)
          note "everybody who reaches port #{port} can read the names and figures of these processes; 127.0.0.1:#{port} is for this machine alone" unless ip.loopback?
          ShowcaseMemtrim::Fleet::Resident.exec(:listen,
            address: "#{ip.ipv6? ? "[#{ip}]" : ip}:#{port}",
            reading: reading.merge(gems: true),
            cable: @options[:cable],
            deferred: ShowcaseMemtrim::Fleet.deferred(fleet) { |text| note text })
        end

        def seen(reading)
          ShowcaseMemtrim::Fleet.observe(JSON.generate(reading), @options[:cable])
        rescue ArgumentError => error
          raise Error, error.message
        end

        def check_listening
          other, = OTHERS.find { |name, none| @options[name] != none }
          raise Error, "--listen has no --#{other}: it answers to whoever asks, in Prometheus' format, and prints nothing" if other
        end

        # @return [Array(IPAddr, Integer)]
        def address(text)
          host, port = text.match(/\A(?:(\[\h*:[\h:.]*\]|[\d.]+|localhost):)?(\d{1,5})\z/)&.captures
          raise ArgumentError unless port && port.to_i <= 65_535
          [IPAddr.new((host.nil? || host == "localhost") ? "127.0.0.1" : host.delete("[]")), port.to_i]
        rescue ArgumentError # IPAddr's errors are ones
          raise Error, "--listen #{text}: an address is an IP and a port, as in 127.0.0.1:9419 or [::1]:9419"
        end
      end
    end
  end
end
