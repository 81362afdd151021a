# frozen_string_literal: true

require "net/http"
require_relative "clock"

module ShowcaseMemtrim
  # GETs paths of a server on this machine, or of two in turn, several at a time, each on a connection of its own.
  class HttpLoad
    # port: of the server whose request failed.
    class Failed < Error
      attr_reader :port

      def initialize(port, message)
        super(message)
        @port = port
      end
    end

    TIMEOUT = 30
    FINE = 200..399
    # As a proxy in front of it would have it: an app that forces TLS answers in place of redirecting.
    HEADERS = {"Host" => "localhost", "X-Forwarded-Proto" => "https", "User-Agent" => "memtrim", "Connection" => "close"}.freeze

    # @param paths [Array<String>]
    # @param count [Integer] requests of each path
    # @param concurrency [Integer] how many at a time
    def initialize(paths:, count:, concurrency:)
      @paths = paths
      @count = count
      @concurrency = concurrency
    end

    # Makes the requests: each path in turn, until each has had its count.
    #
    # @param host [String]
    # @param ports [Array<Integer>] each request to one is followed by the same to the other
    # @return [Hash{String => Hash{Integer => Integer}}] how often each path answered with which status
    # @raise [Failed] at the first request that fails, or answers outside of 200 to 399
    def run(host, *ports)
      waiting = Queue.new
      @count.times { @paths.each { |path| waiting << path } }
      waiting.close
      answers = Queue.new
      threads = Array.new(@concurrency) { Thread.new { work(host, ports, waiting, answers) } }
      threads.each(&:join)
      @answers = Array.new(answers.size) { answers.pop }
      tally
    ensure
      threads&.each(&:kill)
    end

    # @return [Array<Float>] of the last run: seconds from each connection's start to the end of its answer, in order of
    #   their ends
    def seconds(port)
      @answers.filter_map { |answer| answer.last if answer[2] == port }
    end

    private

    def work(host, ports, waiting, answers)
      Thread.current.report_on_exception = false
      while (path = waiting.pop)
        ports.shuffle.each do |port|
          started = Clock.now
          status = get(host, port, path)
          answers << [path, status, port, Clock.now - started]
        end
      end
    rescue Error
      waiting.clear
      raise
    end

    def get(host, port, path)
      http = Net::HTTP.new(host, port, nil)
      http.open_timeout = http.read_timeout = TIMEOUT
      http.max_retries = 0
      status = http.start { http.request_get(path, HEADERS) { |response| response.read_body { |_| } } }.code.to_i
      raise Failed.new(port, "GET #{path} answered #{status}") unless FINE.cover?(status)
      status
    rescue SystemCallError, IOError, Timeout::Error, Net::ProtocolError, Net::HTTPBadResponse => error
      raise Failed.new(port, "GET #{path} failed: #{reason(error)}")
    end

    def reason(error)
      case error
      when Net::ReadTimeout then "no answer within #{TIMEOUT} s"
      when SystemCallError then error.class.new.message.downcase
      when EOFError then "the connection was closed without an answer"
      else error.message
      end
    end

    def tally
      @answers.group_by(&:first).transform_values { |its| its.map { |answer| answer[1] }.tally }
    end
  end
end
