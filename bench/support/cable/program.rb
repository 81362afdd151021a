# frozen_string_literal: true

require "json"

module CableBench
  # A process that runs one of programs/: a line of JSON asks, a line of JSON answers.
  class Program
    DIRECTORY = File.join(__dir__, "programs")

    def initialize(environment, directory, name, arguments)
      @name = name
      command = ["ruby", "-rbundler/setup", File.join(DIRECTORY, "#{name}.rb"), *arguments]
      @io = IO.popen(environment, command, "r+", chdir: directory, unsetenv_others: true, rlimit_nofile: FILES)
    end

    # @return [Hash{Symbol => Object}] its answer, when it comes
    def ask(**what)
      @io.puts(JSON.generate(what))
      JSON.parse(@io.gets || raise("#{@name}: it ended"), symbolize_names: true)
    end

    def stop
      @io.close
    end
  end
end
