# frozen_string_literal: true

require_relative "../environment"
require_relative "../experiment/variant"
require_relative "../main_stack"
require_relative "changes"
require_relative "refusal"

module ShowcaseMemtrim
  class Tuning
    # The app as it is: what its processes are given, and, once one has run, what they run on.
    class Stock
      # What a file of the container's variables is read for. Others may name databases and services that are not a trial's.
      OURS = /\A(?:RUBY\w*|MALLOC_\w+|GLIBC_TUNABLES|LD_PRELOAD|RAILS_(?:MIN|MAX)_THREADS|PUMA_\w+|WEB_CONCURRENCY)\z/
      # Of these the search wants to know what is set.
      TUNED = /\A(?:RUBY_GC_\w+|RUBYOPT|MALLOC_\w+|GLIBC_TUNABLES)\z/

      # @return [Hash{String => String}] besides the environment that we have ourselves
      attr_reader :variables
      # @return [Array<String>]
      attr_reader :preload
      # @return [Hash] of a process: ruby, rails, platform, allocator, rails_env, yjit, yjit_by; threads of its server, and
      #   the paths that were requested
      attr_reader :runtime

      # @param variables [Hash{String => String}] LD_PRELOAD among them is added to the libraries
      # @param preload [Array<String>]
      def initialize(variables: {}, preload: [])
        @variables = variables.except("LD_PRELOAD")
        @preload = preload + variables["LD_PRELOAD"].to_s.split(/[: ]+/)
      end

      # @raise [Error] when the allocator, the linker or Ruby would not take what is given
      def check
        why = Refusal.of(@variables, @preload, changed: @variables.keys.grep(TUNED), strict: false)
        raise Error, "the app as it is can't be run here: #{why}" if why
      end

      # @param trial [Hash] of the app as it is, with the detail :runtime
      def learn(trial)
        @runtime = trial.dig(:details, :runtime).merge(trial.fetch(:server))
      end

      # @return [Hash] what the search is told of it
      def to_h
        {**@runtime.slice(:ruby, :allocator, :yjit, :threads), main_stack: MainStack.touched_bytes || 0, variables: Environment.clean.merge(@variables).select { |name, _| name.match?(TUNED) }}
      end

      # @param changes [Changes] as the search has them
      # @return [Changes] as they take effect in this app: how YJIT is turned off, or given less memory, depends on who
      #   turns it on
      def effective(changes)
        by = @runtime.fetch(:yjit_by)
        return changes unless by.include?("environment")
        if changes.settings["yjit"] == false
          without_yjit(changes, by.include?("rails") ? changes.settings : changes.settings.except("yjit"))
        elsif by == ["environment"]
          with_variables(changes, changes.variables.slice("RUBYOPT").transform_values { |options| options.gsub(/--yjit-disable ?/, "") })
        else
          changes
        end
      end

      # @param changes [Changes] effective ones
      # @return [Experiment::Variant] the app with them
      def variant(changes)
        Experiment::Variant.new(
          name: changes.name, kind: "variable", settings: changes.settings, variables: @variables.merge(changes.variables), preload: @preload | changes.preload, threads: changes.threads, stack: changes.stack
        )
      end

      # @param changes [Changes] effective ones
      # @return [String, nil] why they would not take effect
      def refusal(changes)
        return "code of the app's turns YJIT on (RubyVM::YJIT.enable), not config.yjit" if changes.settings["yjit"] == false && @runtime.fetch(:yjit_by) == ["code"]
        return "this process may set no larger stack than #{MainStack.most >> 10} KiB (ulimit -Hs)" if changes.stack && changes.stack > MainStack.most
        Refusal.of(@variables.merge(changes.variables), @preload | changes.preload, changed: changes.variables.compact.keys)
      end

      private

      def without_yjit(changes, settings)
        options = Environment.clean.merge(@variables, changes.variables)["RUBYOPT"].to_s
        kept = options.split.grep_v(/\A--(?:yjit|jit)/).join(" ")
        with_variables(changes, {"RUBY_YJIT_ENABLE" => "0", **((kept == options) ? {} : {"RUBYOPT" => kept})}, settings)
      end

      def with_variables(changes, variables, settings = changes.settings)
        Changes.new(**changes.to_h, variables: changes.variables.merge(variables), settings: settings)
      end
    end
  end
end
