# frozen_string_literal: true

require "test_helper"
require "rake"

# What runs outside of a request: a rake task and a script, both with S3.
class BackupTest < ActiveSupport::TestCase
  setup do
    @directory = Pathname(Dir.mktmpdir)
    @config = Aws.config.dup
    @environment = ENV.to_h
    Aws.config[:stub_responses] = true
  end

  teardown do
    Aws.config.replace(@config)
    ENV.replace(@environment)
    @directory.rmtree
  end

  test "rake backup copies each database" do
    @directory.join("boston.sqlite3").write("boston")
    @directory.join("raleigh.sqlite3").write("raleigh")
    @directory.join("notes.txt").write("nothing to copy")
    ENV.update("BACKUP_BUCKET" => "tenants", "BACKUP_FROM" => @directory.to_s)
    Rails.application.load_tasks unless Rake::Task.task_defined?("backup")

    output, = capture_io { Rake::Task["backup"].execute }
    assert_equal "boston.sqlite3 => db/boston.sqlite3\nraleigh.sqlite3 => db/raleigh.sqlite3\n", output
  end

  test "script/sync.rb brings each database" do
    Aws.config[:s3] = {stub_responses: {
      list_objects_v2: {contents: [{key: "db/boston.sqlite3", last_modified: Time.now}]},
      get_object: {body: "boston"}
    }}

    output, = capture_io { run_script("tenants", @directory.to_s) }
    assert_equal "db/boston.sqlite3 => boston.sqlite3\n", output
    assert_equal "boston", @directory.join("boston.sqlite3").read
  end

  private

  def run_script(*arguments)
    before = ARGV.dup
    ARGV.replace(arguments)
    load Rails.root.join("script/sync.rb").to_s
  ensure
    ARGV.replace(before)
  end
end
