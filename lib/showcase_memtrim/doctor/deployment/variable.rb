# frozen_string_literal: true

require_relative "../../env_file"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # One assignment of an environment variable. value: nil where it can't be told without running something. text: as it
      # stands there, quotes taken off. sure: false where it depends on what only the running container knows.
      Variable = Struct.new(:name, :value, :text, :file, :line, :sure, keyword_init: true) do
        def initialize(sure: true, text: nil, value: nil, **rest)
          super(sure: sure, value: value, text: text || value, **rest)
        end

        # @param path [String] a file of variables
        # @param file [String] as places have it
        # @return [Array<Variable>]
        # @raise [Error] see EnvFile
        def self.all_of(path, file)
          EnvFile.read(path, file).map { |entry| new(name: entry.name, value: entry.value, file: file, line: entry.line) }
        end
      end
    end
  end
end
