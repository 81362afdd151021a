# frozen_string_literal: true

require_relative "bench_app"
require_relative "figures"

# Unrecorded boots of an app without some of its gems and railties, and what they hold at their end.
class Trials
  # Two boots of the same hold the same to 10 KB, most of the time. Where they don't, a third one decides.
  AGREE = 20_000
  AT_ONCE = 2

  # held: live slots and live blocks. objects: the summed sizes of all objects, as ObjectSpace.dump_all gives them
  # (the same function, over the same heap; the counter makes no difference to it). error: why it did not boot.
  Outcome = Struct.new(:held, :objects, :error, keyword_init: true)

  def initialize(app, count)
    @app = app
    @count = count
  end

  # @param sets [Array<Array<String>>] names to leave out together; the empty one, which all the others are compared
  #   with, is booted twice as often
  # @return [Hash{Array<String> => Outcome}]
  def run(sets)
    boots = in_parallel(sets.flat_map { |set| [set] * (set.empty? ? 2 * @count : @count) }) { |set| boot(set) }
    thirds = in_parallel(sets.reject { |set| agree?(boots.fetch(set)) }) { |set| boot(set) }
    sets.to_h { |set| [set, outcome(boots.fetch(set) + thirds.fetch(set, []))] }
  end

  private

  def agree?(boots)
    boots.any?(&:error) || boots.map(&:held).minmax.reduce(:-).abs <= AGREE
  end

  def outcome(boots)
    failed = boots.find(&:error)
    return failed if failed
    Outcome.new(held: Figures.median(boots.map(&:held)).round, objects: Figures.median(boots.map(&:objects)).round)
  end

  def boot(set)
    boot = @app.boot("trial.rb", env: {"LEAVE_OUT" => set.join(",")}, preload: [Boot::COUNTER])
    return Outcome.new(error: boot.error) unless boot.ok? && !boot.result.empty?
    slots, blocks, objects = boot.result.split.map { |bytes| Integer(bytes) }
    Outcome.new(held: slots + blocks, objects: objects)
  end

  def in_parallel(items)
    queue, done, lock = Queue.new, {}, Mutex.new
    items.each { |item| queue << item }
    Array.new(AT_ONCE) do
      Thread.new do
        while (item = take(queue))
          result = yield item
          lock.synchronize { (done[item] ||= []) << result }
          progress(done.sum { |_, results| results.size }, items.size)
        end
      end
    end.each(&:join)
    done
  end

  def take(queue)
    queue.pop(true)
  rescue ThreadError
    nil
  end

  def progress(count, of)
    $stderr.print("\rbench: #{@app.name}, boot #{count} of #{of}#{"\n" if count == of}") if $stderr.tty?
  end
end
