# frozen_string_literal: true

require_relative "app_copy"
require_relative "memtrim"

# One trace of each sample app's own tests, for all tests that want one.
module Traces
  COMMANDS = {"tenant" => ["bin/rails", "test"], "api" => ["bundle", "exec", "rspec"]}.freeze

  # file: the trace; result: of `memtrim trace`
  Traced = Struct.new(:file, :result)

  # @return [Traced]
  def self.of(app)
    (@traces ||= {})[app] ||= begin
      file = File.join(Memtrim::TEMPORARY, "#{app}.jsonl")
      Traced.new(file, Memtrim.run("trace", "--app", AppCopy.prepare(app), "-o", file, "--", *COMMANDS.fetch(app)))
    end
  end
end
