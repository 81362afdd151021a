# frozen_string_literal: true

# Where the databases of the tenants are, and which of them to copy. What copies
# them is the business of those who ask: lib/tasks/backup.rake, script/sync.rb.
class Backup
  attr_reader :directory

  def initialize(directory = Rails.root.join("storage"))
    @directory = Pathname(directory)
  end

  def files
    directory.glob("*.sqlite3").sort
  end

  def key(file)
    "db/#{File.basename(file)}"
  end
end
