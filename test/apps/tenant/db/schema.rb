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

ActiveRecord::Schema[7.1].define(version: 2024_01_01_000003) do
  create_table "dances", force: :cascade do |t|
    t.string "name", null: false
    t.string "category", null: false
    t.integer "position", default: 0, null: false
    t.datetime "created_at", null: false
    t.datetime "updated_at", null: false
  end

  create_table "entries", force: :cascade do |t|
    t.integer "lead_id", null: false
    t.integer "follow_id", null: false
    t.integer "dance_id", null: false
    t.integer "heat_id"
    t.datetime "created_at", null: false
    t.datetime "updated_at", null: false
    t.index ["dance_id"], name: "index_entries_on_dance_id"
    t.index ["follow_id"], name: "index_entries_on_follow_id"
    t.index ["heat_id"], name: "index_entries_on_heat_id"
    t.index ["lead_id"], name: "index_entries_on_lead_id"
  end

  create_table "events", force: :cascade do |t|
    t.string "name", null: false
    t.string "location"
    t.date "date"
    t.time "start_time"
    t.integer "heat_length", default: 75, null: false
    t.integer "heat_range_age", default: 1, null: false
    t.integer "max_heat_size", default: 6, null: false
    t.boolean "locked", default: false, null: false
    t.datetime "created_at", null: false
    t.datetime "updated_at", null: false
  end

  create_table "heats", force: :cascade do |t|
    t.integer "number", null: false
    t.integer "dance_id", null: false
    t.datetime "created_at", null: false
    t.datetime "updated_at", null: false
    t.index ["dance_id"], name: "index_heats_on_dance_id"
    t.index ["number"], name: "index_heats_on_number"
  end

  create_table "people", force: :cascade do |t|
    t.string "name", null: false
    t.integer "role", default: 0, null: false
    t.integer "level", default: 0, null: false
    t.integer "age"
    t.integer "back"
    t.integer "studio_id"
    t.datetime "created_at", null: false
    t.datetime "updated_at", null: false
    t.index ["studio_id"], name: "index_people_on_studio_id"
  end

  create_table "scores", force: :cascade do |t|
    t.integer "heat_id", null: false
    t.integer "entry_id", null: false
    t.integer "judge_id", null: false
    t.string "value", null: false
    t.datetime "created_at", null: false
    t.datetime "updated_at", null: false
    t.index ["entry_id"], name: "index_scores_on_entry_id"
    t.index ["heat_id", "entry_id", "judge_id"], name: "index_scores_on_heat_id_and_entry_id_and_judge_id", unique: true
    t.index ["heat_id"], name: "index_scores_on_heat_id"
    t.index ["judge_id"], name: "index_scores_on_judge_id"
  end

  create_table "studios", force: :cascade do |t|
    t.string "name", null: false
    t.string "email"
    t.string "address"
    t.float "latitude"
    t.float "longitude"
    t.datetime "created_at", null: false
    t.datetime "updated_at", null: false
    t.index ["name"], name: "index_studios_on_name", unique: true
  end

  add_foreign_key "entries", "dances"
  add_foreign_key "entries", "heats"
  add_foreign_key "entries", "people", column: "follow_id"
  add_foreign_key "entries", "people", column: "lead_id"
  add_foreign_key "heats", "dances"
  add_foreign_key "people", "studios"
  add_foreign_key "scores", "entries"
  add_foreign_key "scores", "heats"
  add_foreign_key "scores", "people", column: "judge_id"
end
