# frozen_string_literal: true

# Writes a program for the benches:
#
#   ruby bench/support/generate_app.rb [--bundle] gems DIR
#   ruby bench/support/generate_app.rb [--bundle] files N DIR

require_relative "generated_app"

arguments = ARGV.dup
bundle = arguments.delete("--bundle")

case arguments
in ["gems", directory]
  GeneratedApp.gems(directory)
in ["files", /\A[1-9][\d_]*\z/ => count, directory]
  GeneratedApp.files(Integer(count), directory)
else
  warn "usage: ruby #{$PROGRAM_NAME} [--bundle] gems DIR", "       ruby #{$PROGRAM_NAME} [--bundle] files N DIR"
  exit 2
end

GeneratedApp.bundle(directory) if bundle
