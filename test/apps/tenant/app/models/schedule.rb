# frozen_string_literal: true

# Puts the entries into heats: one dance to a heat, nobody twice on the floor,
# no more couples than the event allows.
class Schedule
  def initialize(event)
    @event = event
  end

  def build!
    Heat.transaction do
      Entry.update_all(heat_id: nil)
      Score.delete_all
      Heat.delete_all
      slots.each.with_index(1) do |(dance, entries), number|
        heat = Heat.create!(number: number, dance: dance)
        Entry.where(id: entries.map(&:id)).update_all(heat_id: heat.id)
      end
    end
  end

  def slots
    Dance.ordered.includes(entries: [:lead, :follow]).flat_map do |dance|
      pack(dance.entries.sort_by(&:id)).map { |entries| [dance, entries] }
    end
  end

  private

  def pack(entries)
    entries.each_with_object([]) do |entry, heats|
      heat = heats.find { |others| others.size < @event.max_heat_size && free?(others, entry) }
      heat ? heat << entry : heats << [entry]
    end
  end

  def free?(others, entry)
    busy = others.flat_map { |other| [other.lead_id, other.follow_id] }
    busy.exclude?(entry.lead_id) && busy.exclude?(entry.follow_id)
  end
end
