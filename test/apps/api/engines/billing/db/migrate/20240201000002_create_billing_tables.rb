# frozen_string_literal: true

class CreateBillingTables < ActiveRecord::Migration[7.1]
  def change
    create_table :billing_invoices do |t|
      t.integer :owner_id, null: false, index: true
      t.string :number, null: false, index: {unique: true}
      t.string :currency, null: false
      t.integer :status, null: false, default: 0
      t.timestamps
    end

    create_table :billing_line_items do |t|
      t.references :invoice, null: false, foreign_key: {to_table: :billing_invoices}
      t.string :description, null: false
      t.integer :cents, null: false
      t.timestamps
    end
  end
end
