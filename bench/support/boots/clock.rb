# frozen_string_literal: true

# CPU and wall clock at the boot's end: when the app is initialized.
module Clock
  def self.stop
    clocks = [Process::CLOCK_PROCESS_CPUTIME_ID, Process::CLOCK_MONOTONIC].map { |clock| Process.clock_gettime(clock) }
    File.write(ENV.fetch("BOOT_CLOCK"), clocks.join(" "))
  end
end
