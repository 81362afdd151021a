# frozen_string_literal: true

# What is on the floor at the same time.
class Heat < ApplicationRecord
  belongs_to :dance
  has_many :entries, dependent: :nullify
  has_many :scores, dependent: :destroy

  validates :number, presence: true, numericality: {only_integer: true}

  scope :ordered, -> { order(:number) }

  def starts_at(event = Event.current)
    return unless event.date

    start = event.start_time || Time.utc(2000, 1, 1, 9)
    event.date.in_time_zone("UTC").change(hour: start.hour, min: start.min) + (number - 1) * event.heat_length
  end
end
