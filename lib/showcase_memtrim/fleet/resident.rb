# frozen_string_literal: true

require "json"
require "rbconfig"
require_relative "../main_stack"

module ShowcaseMemtrim
  class Fleet
    # What stays while it watches a machine must itself be small: this process becomes a Ruby without RubyGems, Bundler
    # and the rest of memtrim, in which only the native part works. See lean.rb, its first file.
    module Resident
      # @param task [Symbol] watch or listen: a function of Fleet's
      # @param options [Hash] its argument
      # @return [void] never
      def self.exec(task, options)
        Kernel.exec({"MEMTRIM_FLEET" => JSON.generate(options), "RUBYOPT" => nil, "MALLOC_ARENA_MAX" => "1"}, RbConfig.ruby, "--disable-all",
          File.join(__dir__, "lean.rb"), task.to_s, **MainStack.options(MainStack::LIMIT))
      end
    end
  end
end
