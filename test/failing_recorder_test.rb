# frozen_string_literal: true

require "minitest/autorun"
require_relative "support/app_copy"
require_relative "support/clean_exit"
require_relative "support/program"

# A recorder that breaks down in the middle of a program: one line says so, and the program never knows.
class FailingRecorderTest < Minitest::Test
  include CleanExit

  FILES = {
    "main.rb" => <<~RUBY,
      require_relative "show"
      20.times { |i| show(i) { require_relative "parts/\#{i}" } }
      autoload :Later, File.join(__dir__, "later.rb")
      show("autoload") { Later }
      show("raises") { load "./raises.rb" }
      show("threads") { 4.times.map { |i| Thread.new { load "./parts/\#{i}.rb" } }.map(&:value) }
      show("fiber") { Fiber.new { load "./parts/1.rb" }.resume }
      exit 7
    RUBY
    "later.rb" => "Later = 1", "raises.rb" => "raise 'as it should'",
    **20.times.to_h { |i| ["parts/#{i}.rb", "puts caller.inspect"] }
  }.freeze

  [1, 2, 3, 5, 8, 20, 50, 100].each do |calls|
    define_method(:"test_a_program_goes_on_when_the_recorder_fails_after_#{calls}_calls") do
      Program.in_a_directory(FILES) do |program|
        plain = program.plain([])
        recorded = Memtrim.run("record", "-o", program.recording, "--", RbConfig.ruby, "main.rb", env: {"MEMTRIM_FAULT" => calls.to_s}, chdir: program.directory)
        assert_equal plain.out, recorded.out, recorded.err
        assert_empty recorded.other_err
        assert_equal 1, recorded.notes.grep(/stopped: internal error.*the program goes on without it/).size, recorded.err
        refute_match(/panicked|RUST_BACKTRACE/, recorded.err)
        assert_empty program.litter
        refute_path_exists program.recording
      end
    end
  end

  [10, 5000].each do |calls|
    define_method(:"test_an_app_boots_when_the_recorder_fails_after_#{calls}_calls") do
      in_a_clean_directory do |file|
        result = Memtrim.run("record", "-o", file, "--app", AppCopy.prepare("api"), "--requests", "/up", env: {"MEMTRIM_FAULT" => calls.to_s})
        assert_equal 2, result.status.exitstatus, result.err
        assert_equal 1, result.notes.grep(/stopped: internal error/).size, result.err
        refute_match(/panicked|Error\)/, result.err)
      end
    end
  end
end
