# frozen_string_literal: true

require_relative "../configuration"
require_relative "../size"

module ShowcaseMemtrim
  class Configuration
    # What `budget:` says. The app that reads config/memtrim.yml at its boot does not load this: a budget is for whoever
    # measures. Whether the gems and railties that it names are there, only a recording can tell.
    class Budget
      include Nodes

      SIZES = %w[rss anon held growth].freeze
      NAMED = {"gems" => "gem", "railties" => "railtie"}.freeze
      KEYS = %w[rss anon held seconds growth gems railties].freeze

      # @param configuration [Configuration] whose errors name the file
      # @param value [Psych::Nodes::Node] of the key
      def initialize(configuration, value)
        @configuration = configuration
        @value = value
      end

      # @return [Array<Limit>]
      # @raise [Error] with the line
      def limits
        return [] if nothing?(@value)
        raise error(line(@value), "budget: wants limits by their names (rss: 150 MB); they are #{KEYS.join(", ")}") unless mapping?(@value)
        pairs(@value).flat_map { |key, value| read(key, value) }
      end

      private

      def read(key, value)
        case name = key.value
        when *SIZES then Limit.new(measure: name, limit: size(key, value), line: line(key))
        when "seconds" then Limit.new(measure: name, limit: seconds(key, value), line: line(key))
        when *NAMED.keys then named(key, value)
        else raise error(line(key), "no key #{name} in budget:#{Configuration.did_you_mean(name, KEYS)}; its keys are #{KEYS.join(", ")}")
        end
      end

      def named(key, value)
        return [] if nothing?(value)
        example = (key.value == "gems") ? "sentry-ruby: 4 MB" : "action_mailer/railtie: 4 MB"
        raise error(line(value), "#{key.value}: wants names with their limits (#{example})") unless mapping?(value)
        pairs(value).map { |name, size| Limit.new(measure: NAMED.fetch(key.value), name: name.value, limit: size(name, size), line: line(name)) }
      end

      def size(key, value)
        text = text(value) or raise error(line(key), "#{key.value}: wants one size, #{Size::EXAMPLE}")
        begin
          Size.parse(text)
        rescue Error => problem
          raise error(line(key), "#{key.value}: #{problem.message}")
        end
      end

      def seconds(key, value)
        text = text(value) or raise error(line(key), "#{key.value}: wants seconds above 0, as in 4.5")
        seconds = text[/\A[+-]?\d+(?:\.\d+)?(?= ?s?\z)/]&.to_f
        return seconds if seconds&.positive? && seconds.finite?
        raise error(line(key), "#{key.value}: #{text[0, 60]} is no time; write seconds above 0, as in 4.5")
      end

      # @return [String, nil] nil: there is none, or more than one
      def text(node)
        node.value.strip if node.is_a?(Psych::Nodes::Scalar) && !nothing?(node)
      end

      def error(line, message)
        @configuration.error(line, message)
      end
    end
  end
end
