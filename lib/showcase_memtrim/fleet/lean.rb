# frozen_string_literal: true

# The first file of the Ruby that Resident starts.

require_relative "../native"
Process.setproctitle("memtrim fleet --#{ARGV.first}")
begin
  ShowcaseMemtrim::Fleet.public_send(ARGV.first, ENV.delete("MEMTRIM_FLEET"))
rescue ArgumentError => error
  warn "memtrim: #{error.message}"
  exit 2
rescue SignalException => signal
  warn "" if $stderr.tty? # below the ^C
  exit 128 + signal.signo
end
