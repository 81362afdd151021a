# frozen_string_literal: true

require_relative "bench_app"

# Unrecorded boots of an app without some of its gems and railties, and what they hold at their end: an experiment of
# the gem's own.
class Trials
  # held: live slots and live blocks. objects: the summed sizes of all objects, as ObjectSpace.dump_all gives them
  # (the same function, over the same heap; the counter makes no difference to it). error: why it did not boot.
  Outcome = Struct.new(:held, :objects, :error, keyword_init: true)

  def initialize(app, count)
    @app = app
    @count = count
  end

  # @param sets [Array<Array<String>>] names to leave out together
  # @return [Hash{Array<String> => Outcome}] held, objects: bytes less than with nothing left out
  def run(sets)
    comparison = ShowcaseMemtrim::Trials.new(JSON.generate(held_trials: @count))
    runner = ShowcaseMemtrim::Experiment::Runner.new(@app.workspace, comparison, progress: ShowcaseMemtrim::Experiment::Progress.new($stderr))
    [[], *sets].each { |set| runner.add(variant(set)) }
    runner.run("held")
    sets.each_with_index.to_h { |set, index| [set, outcome(JSON.parse(comparison.summary(index + 1)))] }
  end

  private

  def variant(set)
    ShowcaseMemtrim::Experiment::Variant.new(name: set.join(" + "), kind: set.empty? ? "base" : "set", leave_out: set.to_h { |name| [name, []] })
  end

  def outcome(summary)
    return Outcome.new(error: summary.values_at("error", "line").compact.join(", in ")) unless summary["boots"]
    Outcome.new(held: summary["held_saved_bytes"], objects: summary["object_saved_bytes"])
  end
end
