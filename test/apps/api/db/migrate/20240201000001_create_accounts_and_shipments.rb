# frozen_string_literal: true

class CreateAccountsAndShipments < ActiveRecord::Migration[7.1]
  def change
    create_table :accounts do |t|
      t.string :name, null: false
      t.string :email, null: false, index: {unique: true}
      t.string :key_digest, null: false, index: {unique: true}
      t.timestamps
    end

    create_table :shipments do |t|
      t.references :account, null: false, foreign_key: true
      t.string :reference, null: false, index: {unique: true}
      t.string :origin, null: false
      t.string :destination, null: false
      t.integer :grams, null: false
      t.integer :cents, null: false
      t.integer :status, null: false, default: 0
      t.timestamps
    end

    create_table :tracking_events do |t|
      t.references :shipment, null: false, foreign_key: true
      t.string :code, null: false
      t.string :place
      t.datetime :occurred_at, null: false
      t.timestamps
    end
  end
end
