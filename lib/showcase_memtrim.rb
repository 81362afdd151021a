# frozen_string_literal: true

require_relative "showcase_memtrim/version"

# Makes Rails processes small and keeps them small. Requiring this file costs next to nothing: what measures,
# reports and trims is loaded when it is asked for.
module ShowcaseMemtrim
  # Bad input, or a boot that can't be measured: one line that says what is wrong and what to do.
  class Error < StandardError; end

  autoload :CLI, File.join(__dir__, "showcase_memtrim/cli")
  autoload :Trace, File.join(__dir__, "showcase_memtrim/trace")
end

require_relative "showcase_memtrim/railtie" if defined?(Rails::Railtie)

# A program that records itself: `MEMTRIM_RECORD=boot.memtrim bin/rails server`.
if ENV.key?("MEMTRIM_RECORD")
  require_relative "showcase_memtrim/child"
  ShowcaseMemtrim::Child.end_with_boot
end
