# frozen_string_literal: true

require_relative "../main_stack"

module ShowcaseMemtrim
  module Cable
    # What bin/cable does: Bundler says where the gems are, and Puma runs in a Ruby that has neither Bundler nor RubyGems in
    # its memory (10 MB). See lean.rb, which is the first file of that one.
    module Launcher
      # A worker of Puma's accepts connections; Action Cable's own threads do the rest.
      ARGUMENTS = %w[-C - -t 1:1].freeze

      # One arena: under the GVL there is little to wait for, and each one keeps its own free memory. And a Ruby heap that grows by
      # a tenth at a time, not by 0.8: clients come one by one, and their connections stay.
      SETTINGS = {"MALLOC_ARENA_MAX" => "1", "RUBY_GC_HEAP_GROWTH_FACTOR" => "1.1"}.freeze

      # Becomes Puma with this configuration; the process stays the same. Bundler must be set up.
      #
      # @param config [String] cable/config.ru's path
      # @param arguments [Array<String>] more of Puma's
      # @return [void] never
      def self.exec(config, arguments = [])
        ours = [*ARGUMENTS, "--tag", tag(config), "--restart-cmd", File.expand_path($PROGRAM_NAME)]
        Kernel.exec(environment, RbConfig.ruby, "--disable-gems", File.join(__dir__, "lean.rb"), *ours, *given(arguments, ours), config, **stack)
      end

      # In the process's title, where `ps` and `memtrim fleet` show what it is.
      def self.tag(config)
        "#{File.basename(File.expand_path("../..", config))} cable"
      end
      private_class_method :tag

      # Puma restarts with all arguments that it had: ours, those that bin/cable was given, and the configuration.
      def self.given(arguments, ours)
        (arguments.first(ours.size) == ours) ? arguments[ours.size..-2] : arguments
      end
      private_class_method :given

      # What the other Ruby needs, and what it has to undo: programs that channels start should find all as bin/cable did.
      def self.environment
        settings = SETTINGS.reject { |name, _| ENV.key?(name) }.merge("RUBYOPT" => ENV["BUNDLER_ORIG_RUBYOPT"]&.delete_prefix("BUNDLER_ENVIRONMENT_PRESERVER_INTENTIONALLY_NIL"))
        undo = settings.keys.map { |name| [name, *ENV[name]].join("=") }
        settings.merge("MEMTRIM_CABLE_LOAD_PATH" => $LOAD_PATH.join(File::PATH_SEPARATOR), "MEMTRIM_CABLE_UNDO" => undo.join("\n"),
          "MEMTRIM_CABLE_STACK" => Process.getrlimit(Process::RLIMIT_STACK).first.to_s)
      end
      private_class_method :environment

      # @see MainStack
      def self.stack
        soft, = Process.getrlimit(Process::RLIMIT_STACK)
        high = soft > MainStack::LIMIT && soft != Process::RLIM_INFINITY # without a limit nothing is touched ahead
        MainStack.options(high ? MainStack::LIMIT : nil)
      end
      private_class_method :stack
    end
  end
end
