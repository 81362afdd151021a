# frozen_string_literal: true

# This file is auto-generated from the current state of the database. Instead
# of editing this file, please use the migrations feature of Active Record to
# incrementally modify your database, and then regenerate this schema definition.
#
# This file is the source Rails uses to define your schema when running `bin/rails
# db:schema:load`. When creating a new database, `bin/rails db:schema:load` tends to
# be faster and is potentially less error prone than running all of your
# migrations from scratch. Old migrations may fail to apply correctly if those
# migrations use external dependencies or application code.
#
# It's strongly recommended that you check this file into your version control system.

ActiveRecord::Schema[7.1].define(version: 2024_02_01_000002) do
  create_table "accounts", force: :cascade do |t|
    t.string "name", null: false
    t.string "email", null: false
    t.string "key_digest", null: false
    t.datetime "created_at", null: false
    t.datetime "updated_at", null: false
    t.index ["email"], name: "index_accounts_on_email", unique: true
    t.index ["key_digest"], name: "index_accounts_on_key_digest", unique: true
  end

  create_table "billing_invoices", force: :cascade do |t|
    t.integer "owner_id", null: false
    t.string "number", null: false
    t.string "currency", null: false
    t.integer "status", default: 0, null: false
    t.datetime "created_at", null: false
    t.datetime "updated_at", null: false
    t.index ["number"], name: "index_billing_invoices_on_number", unique: true
    t.index ["owner_id"], name: "index_billing_invoices_on_owner_id"
  end

  create_table "billing_line_items", force: :cascade do |t|
    t.integer "invoice_id", null: false
    t.string "description", null: false
    t.integer "cents", null: false
    t.datetime "created_at", null: false
    t.datetime "updated_at", null: false
    t.index ["invoice_id"], name: "index_billing_line_items_on_invoice_id"
  end

  create_table "shipments", force: :cascade do |t|
    t.integer "account_id", null: false
    t.string "reference", null: false
    t.string "origin", null: false
    t.string "destination", null: false
    t.integer "grams", null: false
    t.integer "cents", null: false
    t.integer "status", default: 0, null: false
    t.datetime "created_at", null: false
    t.datetime "updated_at", null: false
    t.index ["account_id"], name: "index_shipments_on_account_id"
    t.index ["reference"], name: "index_shipments_on_reference", unique: true
  end

  create_table "tracking_events", force: :cascade do |t|
    t.integer "shipment_id", null: false
    t.string "code", null: false
    t.string "place"
    t.datetime "occurred_at", null: false
    t.datetime "created_at", null: false
    t.datetime "updated_at", null: false
    t.index ["shipment_id"], name: "index_tracking_events_on_shipment_id"
  end

  add_foreign_key "billing_line_items", "billing_invoices", column: "invoice_id"
  add_foreign_key "shipments", "accounts"
  add_foreign_key "tracking_events", "shipments"
end
