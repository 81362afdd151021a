# frozen_string_literal: true

require_relative "../rule"
require_relative "../gc_variables"

module ShowcaseMemtrim
  class Doctor
    module Rules
      # The collector's variables: those that have no effect, those that make the heap larger, and none at all.
      class GcEnvironment < Rule
        # What half of this app's kind gain by: `memtrim tune` finds the app's own.
        SMALLER = {
          "RUBY_GC_HEAP_FREE_SLOTS_MIN_RATIO" => "0.05", "RUBY_GC_HEAP_FREE_SLOTS_GOAL_RATIO" => "0.10", "RUBY_GC_HEAP_FREE_SLOTS_MAX_RATIO" => "0.15", "RUBY_GC_HEAP_GROWTH_FACTOR" => "1.1"
        }.freeze
        # So many slots that no app's boot needs them.
        MANY_SLOTS = 1_000_000

        def findings
          return [] unless deployment.seen? && app.serves?
          [*variables.given.filter_map { |variable| of(variable) }, not_set].compact
        end

        private

        def of(variable)
          return not_read(variable) unless variables.read?(variable.name)
          reason = variables.refusal(variable)
          reason ? refused(variable, reason) : larger(variable)
        end

        def not_read(variable)
          name = variable.name
          known = variables.known(name)
          other = GCVariables::OLD[name]
          problem, edit =
            if known&.before then ["Ruby #{ruby} does not read #{name}, which is of Ruby before #{known.before}", "take it out; the five sizes of slots have RUBY_GC_HEAP_0_INIT_SLOTS to RUBY_GC_HEAP_4_INIT_SLOTS"]
            elsif known then ["Ruby #{ruby} does not read #{name}, which is of Ruby #{known.since} and later", "take it out"]
            elsif other then ["no Ruby since 2.1 reads #{name}", "#{other} is what took its place; or take it out"]
            else
              ["no Ruby reads #{name}", Configuration.did_you_mean(name, GCVariables::KNOWN.keys).delete_prefix("; ").then { |hint| hint.empty? ? "take it out" : hint }]
            end
          fault(variable, problem, edit, Stake.unknown("it changes nothing"))
        end

        def refused(variable, reason)
          fault(variable, "Ruby does not take #{variable.name}=#{variable.value}: #{reason}", "a value that it takes, or none (#{stock(variable.name)})", Stake.unknown("it changes nothing"))
        end

        def fault(variable, problem, edit, stake)
          finding(file: variable.file, line: variable.line, problem: problem, why: "Ruby passes over it without a word (only ruby -w tells): the heap is as large as if it were not there.", edit: edit, stake: stake)
        end

        def larger(variable)
          known = variables.known(variable.name)
          number = variable.value && variables.number(known.kind, variable.value) or return
          return unless number > (known.stock || (variable.name.end_with?("INIT_SLOTS") ? MANY_SLOTS : Float::INFINITY))
          finding(
            level: "trade", file: variable.file, line: variable.line, problem: "#{variable.name}=#{variable.value} makes the heap larger than Ruby would#{" (#{stock(variable.name)})" if known.stock}",
            why: WHY.find { |pattern, _| variable.name.match?(pattern) }.last, edit: "take #{variable.name} out, or measure it: memtrim tune",
            stake: Stake.of_variant("without #{variable.name}", variables: {variable.name => nil})
          )
        end

        WHY = {
          /INIT_SLOTS/ => "The slots are there from the start, used or not.",
          /FREE_SLOTS/ => "More free slots are kept after each collection, for objects to come: memory for fewer collections.",
          /HEAP_GROWTH/ => "Each time the heap is too small it grows by more, and what is not used of that stays.",
          /MALLOC|OLDOBJECT/ => "The collector waits until more is allocated, so more garbage lies there at its worst: memory for fewer collections."
        }.freeze

        # Not known where a platform sets variables of its own.
        def not_set
          return if !env.complete? || deployment.image.nil? || GCVariables::RATIOS.any? { |name| env.set?(name) }
          finding(
            level: "trade", file: deployment.image.file, line: deployment.image.stage.line, problem: "nothing sets how many free slots Ruby keeps (RUBY_GC_HEAP_FREE_SLOTS_MIN_RATIO, _GOAL_RATIO, _MAX_RATIO)",
            why: "After a collection Ruby gives pages back only where more than 65 % of all slots are free. What a few large requests needed once stays in the process; lower ratios give it back, for more collections.",
            edit: "memtrim tune   # finds values for this app; to try some by hand:\nENV #{SMALLER.map { |name, value| "#{name}=#{value}" }.join(" \\\n    ")}", stake: Stake.of_variant("free slots", variables: SMALLER)
          )
        end

        def stock(name)
          known = variables.known(name)
          return "without it Ruby has its own" unless known&.stock
          "Ruby's own is #{(known.stock.is_a?(Integer) && known.stock > 1 << 20) ? "#{known.stock >> 20}m" : known.stock}"
        end

        def variables
          @variables ||= GCVariables.new(env, app.ruby_version)
        end

        def ruby
          app.ruby_version.segments.first(2).join(".")
        end
      end
    end
  end
end
