# frozen_string_literal: true

# A couple that dances one dance; the schedule gives it a heat.
class Entry < ApplicationRecord
  belongs_to :lead, class_name: "Person", inverse_of: :lead_entries
  belongs_to :follow, class_name: "Person", inverse_of: :follow_entries
  belongs_to :dance
  belongs_to :heat, optional: true
  has_many :scores, dependent: :destroy

  validate :two_people

  scope :listed, -> { includes(:dance, :heat, lead: :studio, follow: :studio).order(:id) }

  def couple
    "#{lead.name} and #{follow.name}"
  end

  private

  def two_people
    errors.add(:follow, "can't be the lead") if lead_id && lead_id == follow_id
  end
end
