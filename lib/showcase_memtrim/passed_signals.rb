# frozen_string_literal: true

require_relative "subprocess"

module ShowcaseMemtrim
  # What is done with signals while a program of the user's has our terminal.
  module PassedSignals
    # Ctrl-C reaches a program in our own group by itself.
    BY_THEMSELVES = %w[INT QUIT].freeze
    # What is sent to us alone is meant for it.
    PASSED_ON = %w[TERM HUP].freeze

    # @param pid [#call] gives the program's process id; nil: it has not begun
    # @param seen [#call] takes each signal's name
    # @yield while the program runs
    def self.to(pid, seen: ->(_) {})
      before = (BY_THEMSELVES + PASSED_ON).to_h do |name|
        [name, Signal.trap(name) do
          seen.call(name)
          running = pid.call
          Subprocess.signal(name, running) if running && PASSED_ON.include?(name)
        end]
      end
      yield
    ensure
      before&.each { |name, handler| Signal.trap(name, handler || "DEFAULT") }
    end
  end
end
