# frozen_string_literal: true

# Everything about an event, in one zip file.
class ArchiveJob < ApplicationJob
  TABLES = [Studio, Person, Dance, Entry, Heat, Score].freeze

  def perform(event)
    path = event.archive_path
    path.dirname.mkpath
    path.delete if path.exist?

    Zip::File.open(path.to_s, create: true) do |zip|
      zip.get_output_stream("event.json") { |io| io.write(event.to_json) }
      TABLES.each do |model|
        zip.get_output_stream("#{model.table_name}.json") { |io| io.write(model.order(:id).to_json) }
      end
    end
    path
  end
end
