# frozen_string_literal: true

class Studio < ApplicationRecord
  has_many :people, dependent: :nullify

  normalizes :email, with: ->(email) { email.strip.downcase }

  validates :name, presence: true, uniqueness: true

  scope :by_name, -> { order(:name) }
  scope :on_map, -> { where.not(latitude: nil).where.not(longitude: nil) }
end
