# frozen_string_literal: true

class CreateEvents < ActiveRecord::Migration[7.1]
  def change
    create_table :events do |t|
      t.string :name, null: false
      t.string :location
      t.date :date
      t.time :start_time
      t.integer :heat_length, null: false, default: 75
      t.integer :heat_range_age, null: false, default: 1
      t.integer :max_heat_size, null: false, default: 6
      t.boolean :locked, null: false, default: false
      t.timestamps
    end
  end
end
