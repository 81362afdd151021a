# frozen_string_literal: true

require "yaml"
require_relative "../../showcase_memtrim"
require_relative "../size"

module ShowcaseMemtrim
  class Tuning
    # What a candidate changes, and how the command line writes it.
    #
    # variables: of the environment; nil takes one away. settings: of Rails' configuration by path, in place of the
    # app's own. preload: libraries for LD_PRELOAD. threads: of Puma's, in place of the app's own; nil: the app's. stack:
    # bytes, the limit of the main thread's stack; nil: as it is.
    Changes = Struct.new(:name, :variables, :settings, :preload, :threads, :stack, keyword_init: true) do
      const_set(:VARIABLE, /\A[A-Z_][A-Z0-9_]*\z/)
      const_set(:SETTING, /\A[a-z_]+(?:\.[a-z_]+)*\z/)
      # A value may have commas of its own (MALLOC_CONF=dirty_decay_ms:0,narenas:2).
      const_set(:BETWEEN, /,(?=[A-Za-z_.]+=)/)

      # @param text [String] "MALLOC_ARENA_MAX=1,threads=2": variables in capitals, Rails settings ("yjit=false"),
      #   threads=N, stack=SIZE, preload=LIBRARY
      # @raise [Error] for anything else
      def self.parse(text)
        text.split(const_get(:BETWEEN)).each_with_object(new(name: text)) { |pair, changes| changes.add(*pair.split("=", 2)) }
          .tap { |changes| raise Error, "--try wants NAME=VALUE[,NAME=VALUE], and got nothing" if changes.none? }
      end

      def initialize(name: nil, variables: {}, settings: {}, preload: [], threads: nil, stack: nil)
        super
      end

      # @raise [Error] see {parse}
      def add(name, value = nil)
        raise Error, "--try wants NAME=VALUE[,NAME=VALUE], not #{self.name}" if value.nil? || name.empty?
        case name
        when "threads" then self.threads = thread_count(value)
        when "stack" then self.stack = stack_size(value)
        when "preload" then preload << File.expand_path(value)
        when self.class.const_get(:VARIABLE) then variables[name] = value
        when self.class.const_get(:SETTING) then settings[name] = scalar(value)
        else raise Error, "--try #{self.name}: #{name} is neither a variable (in capitals), nor a Rails setting, threads, stack or preload"
        end
      end

      def none?
        [variables, settings, preload].all?(&:empty?) && threads.nil? && stack.nil?
      end

      private

      def thread_count(value)
        number = Integer(value, 10, exception: false)
        raise Error, "--try threads=#{value}: a number of threads from 1 to 1000" unless number&.between?(1, 1000)
        number
      end

      # A shell's `ulimit` counts in KiB, and so do the lines to paste.
      def stack_size(value)
        bytes = Size.parse(value)
        (bytes % 1024).zero? ? bytes : raise(Error, "it takes whole KiB, as in 1M or 512k")
      rescue Error => error
        raise Error, "--try stack=#{value}: #{error.message}"
      end

      def scalar(value)
        YAML.safe_load(value, permitted_classes: [Symbol])
      rescue Psych::Exception
        raise Error, "--try #{name}: #{value} is no value of a setting"
      end
    end
  end
end
