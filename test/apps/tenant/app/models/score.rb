# frozen_string_literal: true

class Score < ApplicationRecord
  VALUES = %w[1 2 3 F].freeze

  belongs_to :heat
  belongs_to :entry
  belongs_to :judge, class_name: "Person"

  validates :value, inclusion: {in: VALUES}
  validates :judge_id, uniqueness: {scope: [:heat_id, :entry_id]}

  after_commit { ScoresChannel.announce(self) }
end
