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
        changed = {"RUBYOPT" => nil, "MALLOC_ARENA_MAX" => "1"}
        # What it starts should find all as it was here.
        undo = {variables: changed.to_h { |name, _| [name, ENV[name]] }, stack: Process.getrlimit(:STACK).first}
        Kernel.exec(changed.merge("MEMTRIM_FLEET" => JSON.generate(options), "MEMTRIM_FLEET_UNDO" => encode(undo), **unnamed(options)), RbConfig.ruby, "--disable-all",
          File.join(__dir__, "lean.rb"), task.to_s, **MainStack.options(MainStack::LIMIT))
      end

      # The lean Ruby has no JSON.
      def self.encode(undo)
        [undo[:stack], *undo[:variables].map { |name, value| [name, *value].join("=") }].join("\n")
      end
      private_class_method :encode

      # Or this process would itself be taken for a tenant's.
      def self.unnamed(options)
        variable = options.dig(:reading, :tenant_variable)
        variable ? {variable => nil} : {}
      end
      private_class_method :unnamed
    end
  end
end
