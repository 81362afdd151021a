# frozen_string_literal: true

require_relative "../environment"
require_relative "../experiment/variant"
require_relative "changes"
require_relative "refusal"

module ShowcaseMemtrim
  class Tuning
    # The app as it is: what its processes are given, and, once one has run, what they run on.
    class Stock
      # What a file of the container's variables is read for. Others may name databases and services that are not a trial's.
      OURS = /\A(?:RUBY\w*|MALLOC_\w+|GLIBC_TUNABLES|LD_PRELOAD|RAILS_(?:MIN|MAX)_THREADS|PUMA_\w+|WEB_CONCURRENCY)\z/
      # Of these the search wants to know what is set.
      TUNED = /\A(?:RUBY_GC_\w+|MALLOC_\w+|GLIBC_TUNABLES)\z/

      # @return [Hash{String => String}] besides the environment that we have ourselves
      attr_reader :variables
      # @return [Array<String>]
      attr_reader :preload
      # @return [Hash] of a process: ruby, rails, platform, allocator, rails_env, yjit, yjit_by; threads of its server
      attr_reader :runtime

      # @param variables [Hash{String => String}] LD_PRELOAD among them is added to the libraries
      # @param preload [Array<String>]
      def initialize(variables: {}, preload: [])
        @variables = variables.except("LD_PRELOAD")
        @preload = preload + variables["LD_PRELOAD"].to_s.split(/[: ]+/)
      end

      # @raise [Error] when the allocator, the linker or Ruby would not take what is given
      def check
        why = Refusal.of(@variables, @preload, changed: @variables.keys.grep(TUNED))
        raise Error, "the app as it is can't be run here: #{why}" if why
      end

      # @param trial [Hash] of the app as it is, with the detail :runtime
      def learn(trial)
        @runtime = trial.dig(:details, :runtime).merge(threads: trial.dig(:figures, :threads))
      end

      # @return [Hash] what the search is told of it
      def to_h
        {**@runtime.slice(:ruby, :allocator, :yjit, :threads), variables: Environment.clean.merge(@variables).select { |name, _| name.match?(TUNED) }}
      end

      # @return [Boolean] whether settings and variables can turn YJIT off; not where code of the app's turns it on
      def yjit_can_be_off?
        (@runtime.fetch(:yjit_by) & %w[environment rails]).any? && !@runtime.fetch(:yjit_by).include?("code")
      end

      # @param changes [Changes] as the search has them
      # @return [Changes] as they take effect in this app: what turns YJIT off depends on who has turned it on
      def effective(changes)
        return changes unless changes.settings["yjit"] == false && @runtime.fetch(:yjit_by).include?("environment")
        rubyopt = Environment.clean.merge(@variables)["RUBYOPT"]
        without = rubyopt&.split&.grep_v(/\A--(?:yjit|jit)/)&.join(" ")
        off = {"RUBY_YJIT_ENABLE" => "0", **({"RUBYOPT" => without} if without != rubyopt).to_h}
        settings = @runtime.fetch(:yjit_by).include?("rails") ? changes.settings : changes.settings.except("yjit")
        Changes.new(**changes.to_h, variables: changes.variables.merge(off), settings: settings)
      end

      # @param changes [Changes] effective ones
      # @return [Experiment::Variant] the app with them
      def variant(changes)
        Experiment::Variant.new(
          name: changes.name, kind: "variable", settings: changes.settings, variables: @variables.merge(changes.variables), preload: @preload | changes.preload, threads: changes.threads
        )
      end

      # @param changes [Changes] effective ones
      # @return [String, nil] why they would not take effect
      def refusal(changes)
        Refusal.of(@variables.merge(changes.variables), @preload | changes.preload, changed: changes.variables.compact.keys)
      end
    end
  end
end
