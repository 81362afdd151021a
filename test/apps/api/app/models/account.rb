# frozen_string_literal: true

class Account < ApplicationRecord
  has_many :shipments, dependent: :destroy

  validates :name, presence: true
  validates :email, email: true, uniqueness: true

  def self.find_by_key(key)
    find_by(key_digest: digest(key))
  end

  def self.digest(key)
    Digest::SHA256.hexdigest(key.to_s)
  end

  def key=(key)
    self.key_digest = self.class.digest(key)
  end
end
