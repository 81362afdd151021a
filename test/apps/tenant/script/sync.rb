# frozen_string_literal: true

# Brings the databases of the bucket to this machine:
#
#   bin/rails runner script/sync.rb BUCKET [DIRECTORY]

bucket, directory = ARGV
abort "usage: bin/rails runner script/sync.rb BUCKET [DIRECTORY]" unless bucket

s3 = Aws::S3::Client.new(region: ENV.fetch("AWS_REGION", "us-east-1"))
directory = Pathname(directory || Rails.root.join("storage"))
directory.mkpath

s3.list_objects_v2(bucket: bucket, prefix: "db/").contents.each do |object|
  target = directory.join(File.basename(object.key))
  next if target.exist? && target.mtime >= object.last_modified

  s3.get_object(bucket: bucket, key: object.key, response_target: target.to_s)
  puts "#{object.key} => #{target.basename}"
end
