# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # Shell, read and not run: the commands of a script, and what they set.
      module Shell
        # Text that is no shell, or of a kind that is not read here.
        Unreadable = Class.new(StandardError)
      end
    end
  end
end

require_relative "shell/parser"
require_relative "shell/test"
require_relative "shell/script"
