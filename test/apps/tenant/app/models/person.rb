# frozen_string_literal: true

class Person < ApplicationRecord
  belongs_to :studio, optional: true
  has_many :lead_entries, class_name: "Entry", foreign_key: :lead_id, inverse_of: :lead, dependent: :destroy
  has_many :follow_entries, class_name: "Entry", foreign_key: :follow_id, inverse_of: :follow, dependent: :destroy

  enum :role, {student: 0, professional: 1, judge: 2, guest: 3}
  enum :level, {newcomer: 0, bronze: 1, silver: 2, gold: 3}

  validates :name, presence: true
  validates :age, numericality: {only_integer: true, in: 4..120}, allow_nil: true
  validates :back, uniqueness: true, allow_nil: true

  scope :by_name, -> { order(:name) }
  scope :dancers, -> { where(role: [:student, :professional]) }

  def entries
    Entry.where(lead: self).or(Entry.where(follow: self))
  end
end
