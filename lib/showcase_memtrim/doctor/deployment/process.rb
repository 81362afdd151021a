# frozen_string_literal: true

require_relative "server"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # A process that runs for the app. command: its words; of a web server, the server itself and its arguments (["puma",
      # "-t", "5:5"]), without what starts it. env: {Environment}. file, line: where it is named. started: where the command
      # stands, which may be in a script.
      Process = Struct.new(:name, :command, :env, :file, :line, :started, keyword_init: true) do
        # @return [Boolean] whether it serves the app
        def web?
          !Server.web(command).nil?
        end

        # @return [Array(String, Integer)]
        def place
          started || [file, line]
        end
      end
    end
  end
end
