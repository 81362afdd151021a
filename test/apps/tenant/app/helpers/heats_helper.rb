# frozen_string_literal: true

module HeatsHelper
  def heat_title(heat)
    "Heat #{heat.number}: #{heat.dance.name}"
  end

  def heat_time(heat)
    heat.starts_at(current_event)&.to_fs(:time)
  end
end
