# frozen_string_literal: true

require "rake/testtask"

Rake::TestTask.new do |test|
  test.libs << "test"
  test.test_files = FileList["test/**/*_test.rb"].exclude("test/apps/**/*")
  test.warning = false
end

task test: :compile
