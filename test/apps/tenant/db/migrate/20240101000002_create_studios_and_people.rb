# frozen_string_literal: true

class CreateStudiosAndPeople < ActiveRecord::Migration[7.1]
  def change
    create_table :studios do |t|
      t.string :name, null: false, index: {unique: true}
      t.string :email
      t.string :address
      t.float :latitude
      t.float :longitude
      t.timestamps
    end

    create_table :people do |t|
      t.string :name, null: false
      t.integer :role, null: false, default: 0
      t.integer :level, null: false, default: 0
      t.integer :age
      t.integer :back
      t.references :studio, foreign_key: true
      t.timestamps
    end
  end
end
