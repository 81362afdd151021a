# frozen_string_literal: true

module ShowcaseMemtrim
  module Experiment
    # One way to boot an app. All but the base leave something out or change something.
    #
    # name: for people; kind: base, gem, railtie, set, setting, variable, allocator or checkout.
    # leave_out: names to leave out, each with the constants that load it all the same (LeftOut).
    # settings: of Rails' configuration, by path ("action_controller.perform_caching"), in place of the app's own.
    # variables: of the environment (nil takes one away). preload: libraries for LD_PRELOAD. threads: of its Puma, in
    # place of the app's own. stack: bytes, the limit of the main thread's (RLIMIT_STACK), in place of ours.
    # command: a program of Ruby's for the shell, measured at its end, in place of the app's boot; nil: the boot.
    # workspace: another checkout than the base's. predicted_bytes: what a recording says would go; nil: not known.
    # together: this is everything at once.
    # traced: gems that should not be loaded, with their constants, of which a trial tells whether they were, and by whom.
    Variant = Struct.new(:name, :kind, :leave_out, :settings, :variables, :preload, :threads, :stack, :command, :workspace, :predicted_bytes, :together, :traced, keyword_init: true) do
      def self.base(command: nil)
        new(name: "base", kind: "base", command: command)
      end

      def initialize(leave_out: {}, settings: {}, variables: {}, preload: [], together: false, traced: leave_out.reject { |name, _| name.include?("/") }, **rest)
        super
      end

      # What makes it differ from the base, for the store of trials; but for its workspace.
      def key
        parts = {leave_out: leave_out.sort.to_h, settings: settings, variables: variables, preload: preload, threads: threads, stack: stack, command: command}
        parts.reject { |_, part| part.nil? || (part.respond_to?(:empty?) && part.empty?) }.map { |name, part| "#{name}=#{part.inspect}" }.join(" ")
      end

      # @return [String] as ShowcaseMemtrim::Comparison takes it
      def to_json(*)
        JSON.generate(name: name, kind: kind, members: leave_out.keys, predicted_bytes: predicted_bytes, together: together)
      end
    end
  end
end
