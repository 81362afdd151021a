# frozen_string_literal: true

class CreateDancesEntriesAndHeats < ActiveRecord::Migration[7.1]
  def change
    create_table :dances do |t|
      t.string :name, null: false
      t.string :category, null: false
      t.integer :position, null: false, default: 0
      t.timestamps
    end

    create_table :heats do |t|
      t.integer :number, null: false, index: true
      t.references :dance, null: false, foreign_key: true
      t.timestamps
    end

    create_table :entries do |t|
      t.references :lead, null: false, foreign_key: {to_table: :people}
      t.references :follow, null: false, foreign_key: {to_table: :people}
      t.references :dance, null: false, foreign_key: true
      t.references :heat, foreign_key: true
      t.timestamps
    end

    create_table :scores do |t|
      t.references :heat, null: false, foreign_key: true
      t.references :entry, null: false, foreign_key: true
      t.references :judge, null: false, foreign_key: {to_table: :people}
      t.string :value, null: false
      t.timestamps
      t.index [:heat_id, :entry_id, :judge_id], unique: true
    end
  end
end
