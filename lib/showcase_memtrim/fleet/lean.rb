# frozen_string_literal: true

# The first file of the Ruby that Resident starts.

require_relative "../native"
Process.setproctitle("memtrim fleet --#{ARGV.first}")
stack, *undo = ENV.delete("MEMTRIM_FLEET_UNDO").lines(chomp: true)
undo.each do |line|
  name, value = line.split("=", 2)
  ENV[name] = value
end
Process.setrlimit(:STACK, stack.to_i, Process.getrlimit(:STACK).last)
trap("XFSZ", "IGNORE") # a file that may not grow is an error like a full disk
if ARGV.first == "watch"
  # Each signal has the native part put the terminal back first; going on, it draws anew.
  trap("TSTP") { Process.kill("STOP", Process.pid) }
  trap("WINCH") {}
end
begin
  ShowcaseMemtrim::Fleet.public_send(ARGV.first, ENV.delete("MEMTRIM_FLEET"))
rescue ArgumentError => error
  warn "memtrim: #{error.message}"
  exit 2
rescue SignalException => signal
  warn "" if $stderr.tty? # below the ^C
  exit 128 + signal.signo
end
