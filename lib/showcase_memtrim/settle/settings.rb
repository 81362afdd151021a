# frozen_string_literal: true

module ShowcaseMemtrim
  module Settle
    # What config.memtrim.settle says.
    #
    # @!attribute [r] after_boot
    #   @return [Boolean]
    # @!attribute [r] idle
    #   @return [Float, nil] seconds without a request; nil: never
    # @!attribute [r] compact
    #   @return [Boolean] whether Ruby may move objects, where it can
    Settings = Struct.new(:after_boot, :idle, :compact, keyword_init: true) do
      class << self
        # @param options [Hash] all of config.memtrim
        # @return [Settings, nil] nil: never settle
        # @raise [Error] names the setting that can't be had
        def of(options)
          unknown = options.keys - [:settle]
          raise Error, "config.memtrim has no #{unknown.first}; it has settle" if unknown.any?
          settings = read(options[:settle])
          settings if settings&.after_boot || settings&.idle
        end

        private

        def read(value)
          case value
          when nil, false then nil
          when true then new(after_boot: true, idle: Settings::IDLE, compact: true)
          when Hash then read_each(value.to_h.transform_keys { |key| key.to_s.to_sym })
          else raise Error, "config.memtrim.settle is #{shown(value)}; write it as in { after_boot: true, idle: 30 }, true or false"
          end
        end

        def read_each(values)
          unknown = values.keys - members
          raise Error, "config.memtrim.settle has no #{unknown.first}; it has after_boot (true or false), idle (seconds) and compact (true or false)" if unknown.any?
          new(after_boot: boolean(values, :after_boot, false), idle: idle(values[:idle]), compact: boolean(values, :compact, true))
        end

        def boolean(values, key, unset)
          value = values[key]
          return value.nil? ? unset : value if [true, false, nil].include?(value)
          raise Error, "config.memtrim.settle[:#{key}] is #{shown(value)}; it must be true or false"
        end

        # 30, 1.5 and ActiveSupport's 1.minute; false and nil: never.
        def idle(value)
          return if [false, nil].include?(value)
          seconds = value.to_f if value.is_a?(Numeric) && value.real? # as a Duration says it is, too
          return seconds if seconds&.finite? && seconds >= Settings::SHORTEST
          raise Error, "config.memtrim.settle[:idle] is #{shown(value)}; it must be a number of seconds, #{Settings::SHORTEST} or more, or false"
        end

        def shown(value)
          value.inspect[0, 60]
        end
      end
    end

    # Seconds, where the app only says true.
    Settings::IDLE = 30.0
    # Seconds: what is shorter is no idle period, but the time between the requests of one page.
    Settings::SHORTEST = 1
  end
end
