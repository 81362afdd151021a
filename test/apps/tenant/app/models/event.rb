# frozen_string_literal: true

# A tenant holds one event.
class Event < ApplicationRecord
  validates :name, presence: true
  validates :heat_length, :max_heat_size, numericality: {only_integer: true, greater_than: 0}

  def self.current
    first || new(name: "New event")
  end

  def archive_path
    Rails.root.join("tmp", "archives", "#{name.parameterize}.zip")
  end
end
