# frozen_string_literal: true

# A small event, so that every page of a new tenant has something to show.
# Run it as often as you like.

event = Event.first_or_create!(
  name: "Harvest Moon Showcase", location: "Boston", date: Date.new(2024, 10, 19), start_time: "9:00"
)

Dance::CATEGORIES.each_with_index do |(category, names), row|
  names.each_with_index do |name, column|
    Dance.find_or_create_by!(name: name, category: category) { |dance| dance.position = row * 10 + column }
  end
end

studios = [["Back Bay", "Boston"], ["Harbor", "Raleigh"], ["Two Rivers", "Harrisburg"]].map do |name, city|
  Studio.find_or_create_by!(name: name) { |studio| studio.address = city }
end

names = %w[Ada Blaise Carl Dorothy Emmy Fibonacci Grace Henri Ivan Joan Kurt Leonhard]
people = names.each_with_index.map do |name, index|
  Person.find_or_create_by!(name: name) do |person|
    person.studio = studios[index % studios.size]
    person.role = index.even? ? "student" : "professional"
    person.level = index % Person.levels.size
    person.age = 20 + 3 * index
    person.back = 100 + index
  end
end
Person.find_or_create_by!(name: "Zeno") { |person| person.role = "judge" }

if Entry.none?
  people.each_slice(2) do |follow, lead|
    Dance.where(category: %w[smooth latin]).find_each { |dance| Entry.create!(lead: lead, follow: follow, dance: dance) }
  end
  Schedule.new(event).build!
end
