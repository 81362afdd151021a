# frozen_string_literal: true

class Dance < ApplicationRecord
  CATEGORIES = {
    "smooth" => %w[Waltz Tango Foxtrot],
    "rhythm" => %w[Cha-Cha Rumba Swing],
    "standard" => ["Slow Waltz", "Viennese Waltz", "Quickstep"],
    "latin" => %w[Samba Jive Bolero]
  }.freeze

  has_many :entries, dependent: :destroy
  has_many :heats, dependent: :destroy

  validates :name, presence: true
  validates :category, inclusion: {in: CATEGORIES.keys}

  scope :ordered, -> { order(:position, :name) }
end
