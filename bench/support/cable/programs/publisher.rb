# frozen_string_literal: true

# Publishes to Redis what Action Cable would, with the time in it.
#
#   publisher.rb CHANNEL...
#
#   {"messages": 50, "rate": 200}    so many to each of Redis' channels in turn, so many a second in all; without a rate as fast as it goes

require "json"
require "redis"

channels = ARGV.dup
redis = Redis.new(url: ENV.fetch("REDIS_URL"))
now = -> { Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond) }

while (line = $stdin.gets)
  asked = JSON.parse(line)
  count, rate = asked.values_at("messages", "rate")
  began = now.call
  sent = 0
  heard = (1..count).flat_map do |number|
    channels.map do |channel|
      pause = rate ? sent.fdiv(rate) - (now.call - began) / 1e9 : 0
      sleep(pause) if pause.positive?
      sent += 1
      redis.publish(channel, %({"n":#{number},"at":#{now.call}}))
    end
  end
  puts JSON.generate(sent: sent, seconds: (now.call - began) / 1e9, unheard: heard.count(&:zero?))
  $stdout.flush
end
