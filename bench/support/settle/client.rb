# frozen_string_literal: true

require "digest"
require "net/http"

module Settle
  # Requests pages, two at a time, each on a connection of its own, and notes the answers.
  class Client
    CONCURRENCY = 2
    HEADERS = {"Host" => "localhost", "X-Forwarded-Proto" => "https", "Connection" => "close"}.freeze
    # What no two answers have in common: tokens against forged requests.
    TOKEN = /(name="(?:csrf-token|authenticity_token)" (?:content|value|autocomplete="off" value)=)"[^"]*"/

    # body: its digest, without tokens
    Answer = Struct.new(:path, :seconds, :status, :body)

    def initialize(port)
      @port = port
    end

    # @param paths [Array<String>]
    # @param count [Integer] requests of each
    # @return [Array<Answer>]
    def get(paths, count)
      waiting = Queue.new
      count.times { paths.each { |path| waiting << path } }
      waiting.close
      Array.new(CONCURRENCY) { Thread.new { answers(waiting) } }.flat_map(&:value)
    end

    private

    def answers(waiting)
      answers = []
      while (path = waiting.pop)
        answers << answer(path)
      end
      answers
    end

    def answer(path)
      started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      response = Net::HTTP.start("127.0.0.1", @port) { |http| http.get(path, HEADERS) }
      seconds = Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
      Answer.new(path, seconds, response.code.to_i, Digest::SHA256.hexdigest(response.body.b.gsub(TOKEN, '\1')))
    end
  end
end
