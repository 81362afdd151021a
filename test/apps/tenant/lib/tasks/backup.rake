# frozen_string_literal: true

desc "Copy the databases to BACKUP_BUCKET"
task backup: :environment do
  s3 = Aws::S3::Client.new(region: ENV.fetch("AWS_REGION", "us-east-1"))
  backup = Backup.new(ENV.fetch("BACKUP_FROM") { Rails.root.join("storage") })

  backup.files.each do |file|
    file.open("rb") { |io| s3.put_object(bucket: ENV.fetch("BACKUP_BUCKET"), key: backup.key(file), body: io) }
    puts "#{file.basename} => #{backup.key(file)}"
  end
end
